"""A User-mode Linux guest's first program where the host's own files are its root: lays that out, becomes the agent.

What the kernel mounted as / is the host's, read-only (hostfs). Over it lies a layer in memory, so that programs can write
wherever they could on the host, and nothing of it gets there. /dev, /proc, /sys, /run, /tmp are the guest's own.

Expects this file's folder to be the host's vm/guest, and in its environment (from the kernel's command line)
`plugpull_modules`, the folder with the kernel's modules on the host.
"""
import os
import sys

GUEST = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f'{GUEST}/agent')

import kernel

# devtmpfs is there already, and the only place that can be written to.
LAYERS = '/dev/plugpull'
ROOT = f'{LAYERS}/root'


def lay_out():
    modules = os.environ['plugpull_modules']
    with open(f'{modules}/boot') as names:
        for name in names.read().split():
            kernel.load_module(f'{modules}/{name}')
    os.mkdir(LAYERS)
    kernel.mount('tmpfs', LAYERS, 'tmpfs', 0, 'mode=755')
    for name in ('upper', 'work', 'root'):
        os.mkdir(f'{LAYERS}/{name}')
    kernel.mount('overlay', ROOT, 'overlay', 0, f'lowerdir=/,upperdir={LAYERS}/upper,workdir={LAYERS}/work')
    for name, fs, options in (('dev', 'devtmpfs', ''), ('proc', 'proc', ''), ('sys', 'sysfs', ''),
                              ('run', 'tmpfs', 'mode=755'), ('tmp', 'tmpfs', 'mode=1777')):
        os.makedirs(f'{ROOT}/{name}', exist_ok=True)
        kernel.mount(fs, f'{ROOT}/{name}', fs, 0, options)
    for name, fs, options in (('pts', 'devpts', 'ptmxmode=666'), ('shm', 'tmpfs', 'mode=1777')):
        os.makedirs(f'{ROOT}/dev/{name}', exist_ok=True)
        kernel.mount(fs, f'{ROOT}/dev/{name}', fs, 0, options)
    for name, target in (('fd', '/proc/self/fd'), ('stdin', 'fd/0'), ('stdout', 'fd/1'), ('stderr', 'fd/2')):
        if not os.path.lexists(f'{ROOT}/dev/{name}'):
            os.symlink(target, f'{ROOT}/dev/{name}')
    for source, at in ((f'{GUEST}/agent', '/plugpull/agent'), (modules, '/plugpull/modules')):
        os.makedirs(ROOT + at, exist_ok=True)
        kernel.mount(source, ROOT + at, '', kernel.MS_BIND)
    os.chdir(ROOT)
    kernel.mount('.', '/', '', kernel.MS_MOVE)
    os.chroot('.')
    os.chdir('/')
    kernel.loopback_up()


lay_out()
sys.path[0] = '/plugpull/agent'
import main  # noqa: E402,F401
