"""Counts how often each path was touched between two snapshots, through inotify(7).

With the count, content that is neither old nor new can be called a violation where there was one new content, and
`unknown` where there were more. Where events may be missing, it says so (None).
"""
import os
import struct

import kernel

MODIFY, CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x2, 0x8, 0x40, 0x80, 0x100, 0x200
OVERFLOW, IS_DIRECTORY = 0x4000, 0x4000_0000
WATCHED = MODIFY | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE
EVENT = struct.Struct('iIII')


class Touches:
    def __init__(self, root):
        self._root = root
        self._fd = kernel.inotify()
        self._folders = {}
        self._watched = set()
        self._blind = False
        self._watch('')

    def close(self):
        os.close(self._fd)

    def collect(self, tree):
        """Events since the last call, by path; None when some may have been missed. Then watches new folders."""
        touched = {}
        self._blind = False
        for path, mask in self._drain():
            counts = touched.setdefault(path, {'modified': 0, 'versions': 0, 'removed': 0})
            if mask & MODIFY:
                counts['modified'] += 1
            if mask & (MOVED_TO | CLOSE_WRITE):
                counts['versions'] += 1
            if mask & (DELETE | MOVED_FROM):
                counts['removed'] += 1
            # What happened inside a folder before it was watched is not known.
            if mask & IS_DIRECTORY and mask & (CREATE | MOVED_TO | MOVED_FROM):
                self._blind = True
        for entry in tree.values():
            # After a folder came or went a known name may be another folder; watching one twice does no harm.
            if entry['type'] == 'directory' and (self._blind or entry['path'] not in self._watched):
                self._watch(entry['path'])
        return None if self._blind else touched

    def _watch(self, folder):
        try:
            watch = kernel.inotify_watch(self._fd, os.path.join(self._root, folder), WATCHED)
            self._folders[watch] = folder
            self._watched.add(folder)
        except (FileNotFoundError, NotADirectoryError):
            self._blind = True  # Removed by the workload meanwhile: then there is nothing to see in it.

    def _drain(self):
        while True:
            try:
                data = os.read(self._fd, 1 << 16)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                watch, mask, _, name_bytes = EVENT.unpack_from(data, at)
                name = os.fsdecode(data[at + EVENT.size:at + EVENT.size + name_bytes].split(b'\0')[0])
                at += EVENT.size + name_bytes
                folder = self._folders.get(watch)
                if mask & OVERFLOW or folder is None:
                    self._blind = True
                elif name:
                    yield (f'{folder}/{name}' if folder else name), mask
