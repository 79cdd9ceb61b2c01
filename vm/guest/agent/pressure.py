"""Makes the recorded file system commit after each change of a name, each truncation and whenever asked.

The means are those of harness/capture/pressure/committer.ts, which says where they come from; they leave no name behind.
What counts as a truncation is said in harness/capture/pressure/change-watch.ts.
"""
import fcntl
import os
import select
import struct
import threading

import kernel

MODIFY, CLOSE_WRITE = 0x2, 0x8
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


class ChangeWatch:
    """Tells that a name changed, or that a file's old content is given up."""

    def __init__(self, root):
        self._root = root
        self.fd = kernel.inotify()
        self._folders = {}  # by watch
        self._written = {}  # lengths of the files that are being written, by watch and name
        self._watch()

    def drain(self):
        """Takes what has been told: is a commit due? Folders that came meanwhile are watched from then on."""
        try:
            data = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return False
        at, due, strange_folders = 0, False, False
        while at < len(data):
            watch, mask, _, name_bytes = EVENT.unpack_from(data, at)
            at += EVENT.size + name_bytes
            file = watch, data[at - name_bytes:at].rstrip(b'\0')
            strange_folders |= bool(mask & (OVERFLOW | IS_DIRECTORY))
            due |= bool(mask & (NAME_CHANGES | OVERFLOW))
            if mask & CREATE:
                self._written[file] = 0
            if mask & (DELETE | MOVED_FROM | MOVED_TO | CLOSE_WRITE):
                self._written.pop(file, None)
            if mask & MODIFY:
                length, before = self._length_of(*file), self._written.get(file)
                due |= before is None or length < before
                self._written[file] = length
        if strange_folders:
            self._watch()
        return due

    def close(self):
        os.close(self.fd)

    def _length_of(self, watch, name):
        try:
            return os.stat(os.path.join(self._folders[watch], name)).st_size
        except (FileNotFoundError, NotADirectoryError):
            return 0

    def _watch(self):
        for folder, _, _ in os.walk(os.fsencode(self._root)):
            try:
                watch = kernel.inotify_watch(self.fd, folder, NAME_CHANGES | MODIFY | CLOSE_WRITE)
                self._folders[watch] = folder
            except (FileNotFoundError, NotADirectoryError):
                pass  # Removed by the workload meanwhile: then there is nothing to see in it.


class Pressure:
    """One at a time; a thread watches, and commits are made one after the other, whoever asks."""

    def __init__(self):
        self._thread = None

    def press(self, root, view, fs):
        self._committer = Committer(root, fs)
        self._watch = ChangeWatch(view)
        self._turn = threading.Lock()
        self._commits = 0
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
        self._watch.close()
        self._committer.close()

    def _follow(self):
        while True:
            ready, _, _ = select.select([self._watch.fd, self._ended], [], [])
            if self._ended in ready:
                return
            if self._watch.drain():
                self.commit()
