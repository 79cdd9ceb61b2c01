"""System calls that Python does not wrap."""
import ctypes
import fcntl
import os
import socket
import struct

_libc = ctypes.CDLL(None, use_errno=True)

_BLKFLSBUF = 0x1261  # linux/fs.h: _IO(0x12, 97)

MS_RDONLY, MS_NOATIME, MS_REMOUNT, MS_BIND, MS_MOVE = 1, 1024, 32, 4096, 8192
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1

_FLAG_OPTIONS = {
    'ro': MS_RDONLY, 'noatime': MS_NOATIME, 'sync': 16, 'nosuid': 2, 'nodev': 4, 'noexec': 8, 'dirsync': 128,
    'nodiratime': 2048, 'relatime': 1 << 21, 'strictatime': 1 << 24, 'lazytime': 1 << 25,
}


def _check(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def forget_cached(device):
    """Drops what the kernel has of a disk's content.

    The search for partitions, when a disk is plugged in, reads its first blocks; they stay as long as somebody has
    the disk open. A mount that met them would take them for the superblock, and on a lane's disk they are zeros:
    suspected, never reproduced, of an f2fs that once did not mount. Opening waits for a search that is under way.
    """
    fd = os.open(device, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, _BLKFLSBUF)
    finally:
        os.close(fd)


def mount(source, at, fs, flags=0, data=''):
    _check(_libc.mount(source.encode(), at.encode(), fs.encode(), ctypes.c_ulong(flags), data.encode() or None), at)


def mount_with_options(source, at, fs, options):
    """As mount(8) splits them: generic flags, and what only the file system understands."""
    flags, data = 0, []
    for option in options:
        if option in _FLAG_OPTIONS:
            flags |= _FLAG_OPTIONS[option]
        elif option not in ('rw', 'defaults', 'async'):
            data.append(option)
    mount(source, at, fs, flags, ','.join(data))


def unmount(at):
    _check(_libc.umount2(at.encode(), 0), at)


def syncfs(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        _check(_libc.syncfs(fd), path)
    finally:
        os.close(fd)


def inotify():
    return _check(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), 'inotify')


def inotify_watch(fd, path, mask):
    return _check(_libc.inotify_add_watch(fd, os.fsencode(path), ctypes.c_uint32(mask)), path)


def load_module(path):
    with open(path, 'rb') as module:
        if _libc.syscall(313, module.fileno(), b'', 0) < 0:  # finit_module(2), x86-64
            code = ctypes.get_errno()
            if code != 17:  # EEXIST: it is there already
                raise OSError(code, os.strerror(code), path)


def loopback_up():
    """So that a server and its clients can run inside one guest."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as network:
            fcntl.ioctl(network, _SIOCSIFFLAGS, struct.pack('16sh22x', b'lo', _IFF_UP))
    except OSError:
        pass  # A kernel of the user's own may lack it, and few programs ask.
