"""All of a recovered directory: names, kinds, sizes, bytes, link targets, hard links. What cannot be read is part of it.

The host writes it down (harness/explore/recovered-trees.ts) and holds it against a persistence model.
"""
import errno
import os
import stat

import kernel
import sparse
from tree import type_of, xattrs as read_xattrs


class LimitReached(Exception):
    pass


class Sights:
    """Contents go to the host once in a session; after that their digest says enough."""

    def __init__(self):
        self._session = None
        self._sent = set()

    def see(self, root, session, entries, size):
        """The nodes below a mounted `root`, itself first; None with more than `entries` names. Of files beyond `size`
        bytes of data in all only the size is told."""
        if session != self._session:
            self._session, self._sent = session, set()
        # Of this mount only: no access times, so that looking changes nothing.
        kernel.mount('', root, '', kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_NOATIME)
        walk = _Walk(os.fsencode(root), entries, size, self._sent)
        try:
            walk.visit(b'')
        except LimitReached:
            return None
        self._sent |= walk.new
        return walk.nodes


class _Walk:
    def __init__(self, root, entries, size, sent):
        self.nodes = []
        self.new = set()
        self._root, self._entries, self._left, self._sent = root, entries, size, sent
        # Inode numbers differ between equal trees; the position of the first name does not.
        self._first = {}

    def visit(self, path):
        if len(self.nodes) >= self._entries:
            raise LimitReached
        node = {'path': path.decode('latin-1'), 'kind': 'special', 'file': len(self.nodes)}
        self.nodes.append(node)
        names = []
        try:
            names = self._look(os.path.join(self._root, path), node)
        except OSError as error:
            node['error'] = errno.errorcode.get(error.errno, str(error.errno))
        for name in sorted(names):
            if path or name != b'lost+found':
                self.visit(path + b'/' + name if path else name)

    def _look(self, full, node):
        found = os.lstat(full)
        kind = type_of(found.st_mode)
        node['kind'] = 'special' if kind == 'other' else kind
        node.update(mode=stat.S_IMODE(found.st_mode), uid=found.st_uid, gid=found.st_gid)
        if kind in ('file', 'directory'):
            xattrs = read_xattrs(full)
            if xattrs:
                node['xattrs'] = xattrs
        if kind == 'directory':
            return os.listdir(full)
        node['file'] = self._first.setdefault(found.st_ino, node['file'])
        node['links'] = found.st_nlink
        if kind == 'symlink':
            node['target'] = os.readlink(full).decode('latin-1')
        if kind == 'file':
            self._read(full, node)
        return []

    def _read(self, full, node):
        # What is there may be a link or a FIFO.
        fd = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(fd, 'rb', buffering=0) as file:
            found = os.fstat(fd)
            size = found.st_size
            node['size'] = size
            if not stat.S_ISREG(found.st_mode):
                size = 0
            self._left -= sum(end - start for start, end in sparse.data_ranges(fd, size))
            if self._left < 0:
                return
            ranges = sparse.read_sparse(fd, size)
        digest = sparse.digest(size, ranges)
        node['content'] = digest
        if digest not in self._sent and digest not in self.new:
            node['bytes'] = sparse.sent(size, ranges)
            self.new.add(digest)
