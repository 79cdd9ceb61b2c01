"""Makes the recorded file system commit after each change of a name and whenever asked, as a neighbour would.

The means are those of harness/capture/pressure/committer.ts, which says where they come from; they leave no name behind.
"""
import fcntl
import os
import select
import struct
import threading

import kernel

MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
OVERFLOW, IS_DIRECTORY = 0x4000, 0x4000_0000
NAME_CHANGES = MOVED_FROM | MOVED_TO | CREATE | DELETE
EVENT = struct.Struct('iIII')

_BTRFS_START_SYNC, _BTRFS_WAIT_SYNC = 0x8008_9418, 0x4008_9416
_F2FS_WRITE_CHECKPOINT = 0xf507


class Committer:
    def __init__(self, root, fs):
        self._fs = fs
        self._directory = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        self._file = None if fs in ('btrfs', 'f2fs') else os.open(root, os.O_TMPFILE | os.O_RDWR, 0o600)
        self._mode = 0o600

    def commit(self):
        if self._fs == 'btrfs':
            transaction = fcntl.ioctl(self._directory, _BTRFS_START_SYNC, bytes(8))
            fcntl.ioctl(self._directory, _BTRFS_WAIT_SYNC, transaction)
        elif self._fs == 'f2fs':
            fcntl.ioctl(self._directory, _F2FS_WRITE_CHECKPOINT)
        else:
            self._mode ^= 0o200
            os.fchmod(self._file, self._mode)
            os.fsync(self._file)
            if self._fs == 'ext2':
                os.fsync(self._directory)

    def close(self):
        if self._file is not None:
            os.close(self._file)
        os.close(self._directory)


class Pressure:
    """One at a time; a thread watches names, and commits are made one after the other, whoever asks."""

    def __init__(self):
        self._thread = None

    def press(self, root, view, fs):
        self._committer = Committer(root, fs)
        self._view = view
        self._fd = kernel.inotify()
        self._turn = threading.Lock()
        self._commits = 0
        self._watch(view)
        self._ended, self._end = os.pipe()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def commit(self):
        with self._turn:
            try:
                self._committer.commit()
                self._commits += 1
            except OSError:
                pass  # A disk with faults, or a full one, may refuse; a commit that was not made is not counted.
            return self._commits

    def no_more(self):
        if self._thread is None:
            return
        os.close(self._end)
        self._thread.join()
        self._thread = None
        os.close(self._ended)
        os.close(self._fd)
        self._committer.close()

    def _follow(self):
        while True:
            ready, _, _ = select.select([self._fd, self._ended], [], [])
            if self._ended in ready:
                return
            if self._drain():
                self.commit()

    def _drain(self):
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return False
        at, new_folders = 0, False
        while at < len(data):
            _, mask, _, name_bytes = EVENT.unpack_from(data, at)
            new_folders |= bool(mask & (OVERFLOW | IS_DIRECTORY))
            at += EVENT.size + name_bytes
        if new_folders:
            self._watch(self._view)
        return True

    def _watch(self, view):
        for folder, _, _ in os.walk(view):
            try:
                kernel.inotify_watch(self._fd, folder, NAME_CHANGES)
            except (FileNotFoundError, NotADirectoryError):
                pass  # Removed by the workload meanwhile: then there is nothing to see in it.
