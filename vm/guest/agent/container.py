"""A container image's file system, which workload and checker have as their whole machine.

The image, with a layer in memory over it that takes what is written, and what every program needs besides: /dev,
/proc, /sys, the ack socket, `plugpull ack`. The agent stays outside. Whatever it mounts for programs is shown in here
a second time, at the same path: the same commands then mean the same, and what strace(1) prints are the paths that
the program used, because strace runs in here, too. The image need not have it, nor Python: both are Debian's, run by
Debian's own loader.
"""
import os

import kernel
import storage

IMAGE, MEMORY, ROOT = '/container/image', '/container/memory', '/container/root'
SHARED = '/run/plugpull'
# vm/guest/agent/plugpull has this path, too.
DEBIAN = f'{SHARED}/debian'
LIBRARIES = f'{DEBIAN}/usr/lib/x86_64-linux-gnu'
LOADER = f'{LIBRARIES}/ld-linux-x86-64.so.2'
# As docker gives them to an image that names no others.
ENVIRONMENT = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root'}
MAX_LINKS = 40


class Container:
    def __init__(self):
        self._environment = None

    @property
    def environment(self):
        self._require()
        return self._environment

    def open(self, device, environment):
        """Lays out the image that is on the device; `environment` is the image's own, as NAME=VALUE."""
        for folder in (IMAGE, MEMORY, ROOT):
            os.makedirs(folder)
        kernel.mount(device, IMAGE, 'squashfs', kernel.MS_RDONLY)
        kernel.mount('tmpfs', MEMORY, 'tmpfs', 0, 'mode=755')
        upper, work = f'{MEMORY}/upper', f'{MEMORY}/work'
        os.mkdir(upper)
        os.mkdir(work)
        kernel.mount('overlay', ROOT, 'overlay', 0, f'lowerdir={IMAGE},upperdir={upper},workdir={work}')
        self._environment = {**ENVIRONMENT, **dict(pair.split('=', 1) for pair in environment if '=' in pair)}
        # Last, so that an image with a plugpull of its own keeps it.
        self._environment['PATH'] += ':/plugpull/agent'
        for path in ('/dev', '/proc', '/sys', '/plugpull', SHARED):
            self.show(path)
        self._furnish()
        os.makedirs(DEBIAN, exist_ok=True)
        kernel.mount('/', within(ROOT, DEBIAN), '', kernel.MS_BIND)
        return {'has_shell': os.path.exists(within(ROOT, '/bin/sh'))}

    def show(self, path):
        """What is mounted or lies at a path is at the same path in the image from now on."""
        if self._environment is None:
            return
        at = within(ROOT, path)
        try:
            storage.bind(path, at)
        except OSError as error:
            # Without a number: it is the image's doing, and must not be taken for the file system's own answer.
            raise RuntimeError(f'{path} cannot be shown in the container image: {error}') from error

    def hide(self, path):
        if self._environment is not None:
            storage.unmount(within(ROOT, path))

    def path_inside(self, path):
        """What the kernel calls a path in there, where links may lead to it."""
        self._require()
        return within(ROOT, path)[len(ROOT):]

    def enter(self, folder):
        """What a child does first."""
        self._require()

        def entered():
            os.chroot(ROOT)
            os.chdir(folder)

        return entered

    def tracer(self, words):
        """A tracer's command line, for use inside."""
        return [LOADER, '--library-path', LIBRARIES, f'{DEBIAN}/usr/bin/{words[0]}', *words[1:]] if words else []

    def _require(self):
        if self._environment is None:
            raise RuntimeError('this guest has no container image')

    @staticmethod
    def _furnish():
        """What programs find in a container besides its image."""
        for name, target in (('fd', '/proc/self/fd'), ('stdin', 'fd/0'), ('stdout', 'fd/1'), ('stderr', 'fd/2')):
            if not os.path.lexists(f'/dev/{name}'):
                os.symlink(target, f'/dev/{name}')
        for name, fs, options in (('pts', 'devpts', 'ptmxmode=666'), ('shm', 'tmpfs', 'mode=1777')):
            os.makedirs(f'/dev/{name}', exist_ok=True)
            try:
                kernel.mount(fs, within(ROOT, f'/dev/{name}'), fs, 0, options)
            except OSError:
                pass  # A kernel of the user's own may lack it, and few programs ask.
        hosts = within(ROOT, '/etc/hosts')
        if not os.path.exists(hosts) or os.path.getsize(hosts) == 0:
            os.makedirs(os.path.dirname(hosts), exist_ok=True)
            with open(hosts, 'w') as file:
                file.write('127.0.0.1 localhost\n::1 localhost\n')
        kernel.loopback_up()


def within(root, path):
    """A path of the image's as one of ours: links lead to where they lead in the image."""
    at, links = '', 0
    rest = _names(path)
    while rest:
        name = rest.pop()
        if name == '..':
            at = os.path.dirname(at)
        elif os.path.islink(f'{root}{at}/{name}'):
            links += 1
            if links > MAX_LINKS:
                raise OSError(40, 'too many links', path)
            target = os.readlink(f'{root}{at}/{name}')
            if target.startswith('/'):
                at = ''
            rest += _names(target)
        else:
            at = f'{at}/{name}'
    return f'{root}{at}'


def _names(path):
    """In reverse, so that the next one is the last."""
    return [name for name in reversed(path.split('/')) if name not in ('', '.')]
