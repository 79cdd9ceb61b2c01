"""What lies below a folder: for snapshots while the workload waits, and for judging what was recovered."""
import errno
import os
import stat
import time

import sparse
from wire import encode

# Change times within this long of now do not prove that nothing changed since.
COARSE_CLOCK_NS = 20_000_000


def type_of(mode):
    if stat.S_ISREG(mode):
        return 'file'
    if stat.S_ISDIR(mode):
        return 'directory'
    return 'symlink' if stat.S_ISLNK(mode) else 'other'


class Snapshots:
    """What the workload can see at one moment, as changes against the moment before.

    A file whose inode, size and change time are those of the snapshot before is not read again, unless it changed
    so recently that a coarse clock could hide a second change.
    """

    def __init__(self, root):
        self._root = root
        self._previous = {}
        self._previous_taken_ns = 0

    def take(self):
        taken_ns = time.time_ns()
        tree = {}
        self._walk('', tree)
        changed = [entry for path, entry in tree.items() if self._previous.get(path) is not entry]
        removed = [path for path in self._previous if path not in tree]
        # Contents are sent once and not kept: the host has them.
        sent = [dict(entry) for entry in changed]
        for entry in changed:
            entry.pop('content', None)
        self._previous, self._previous_taken_ns = tree, taken_ns
        return {'changed': sent, 'removed': removed}, tree

    def _walk(self, folder, tree):
        for name in sorted(os.listdir(os.path.join(self._root, folder))):
            if folder == '' and name == 'lost+found':
                continue
            path = f'{folder}/{name}' if folder else name
            try:
                entry = self._look(path)
                tree[path] = entry
                if entry['type'] == 'directory':
                    self._walk(path, tree)
            except FileNotFoundError:
                pass  # Removed by another of the workload's threads while we looked: then it was not there.

    def _look(self, path):
        full = os.path.join(self._root, path)
        found = os.lstat(full)
        before = self._previous.get(path)
        if before and self._is_same(before, found):
            return before
        entry = {
            'path': path,
            'type': type_of(found.st_mode),
            'ino': found.st_ino,
            'mode': stat.S_IMODE(found.st_mode),
            'uid': found.st_uid,
            'gid': found.st_gid,
            'size': found.st_size,
            'ctime_ns': str(found.st_ctime_ns),
        }
        if entry['type'] in ('file', 'directory'):
            found_xattrs = xattrs(full)
            # One that had some and has none now says so: what was removed can come back.
            if found_xattrs or (before and 'xattrs' in before):
                entry['xattrs'] = found_xattrs
        if entry['type'] == 'symlink':
            entry['target'] = os.readlink(full)
        if entry['type'] == 'file':
            with open(full, 'rb', buffering=0) as file:
                entry['size'] = os.fstat(file.fileno()).st_size
                entry['content'] = sparse.sent(entry['size'], sparse.read_sparse(file.fileno(), entry['size']))
        return entry

    def _is_same(self, before, found):
        return (
            before['ino'] == found.st_ino
            and before['ctime_ns'] == str(found.st_ctime_ns)
            and before['type'] == type_of(found.st_mode)
            and (before['type'] == 'directory' or before['size'] == found.st_size)
            and found.st_ctime_ns + COARSE_CLOCK_NS < self._previous_taken_ns
        )


# Those that a promise can speak of, as harness/trace/attributes.ts has them.
PROMISED_XATTRS = ('user.', 'trusted.', 'system.posix_acl_')


def xattrs(path):
    """Extended attributes by name, not following the path; none on a file system that has no such thing."""
    found = {}
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return found
        raise
    for name in sorted(names):
        if not name.startswith(PROMISED_XATTRS):
            continue
        try:
            found[name] = encode(os.getxattr(path, name, follow_symlinks=False))
        except OSError as error:
            # Removed by another of the workload's threads while we looked: then it was not there.
            if error.errno != errno.ENODATA:
                raise
    return found


def described(found):
    return {
        'type': type_of(found.st_mode),
        'mode': stat.S_IMODE(found.st_mode),
        'uid': found.st_uid,
        'gid': found.st_gid,
        'size': found.st_size,
    }


def look(path):
    """One path, without following it."""
    entry = described(os.lstat(path))
    if entry['type'] == 'symlink':
        entry['target'] = os.readlink(path)
    return entry


def look_into(path, length, whole):
    """A file's first bytes, read only if its size allows it to hold what is wanted: what is read has to be decided."""
    # What is there may be a link or a FIFO by now; and looking must not write access times.
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOATIME)
    try:
        found = os.fstat(fd)
        entry = described(found)
        fits = found.st_size == length if whole else found.st_size >= length
        if entry['type'] == 'file' and fits:
            entry['content'] = sparse.sent(length, sparse.read_sparse(fd, length))
        return entry
    finally:
        os.close(fd)
