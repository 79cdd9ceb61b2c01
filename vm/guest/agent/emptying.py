"""Takes everything out of a recovered directory again (harness/explore/lane/tree-emptying.ts does it on the host)."""
import errno
import os

# A program may have made a file immutable (chattr(1)), and a small file system may be full.
EXCUSED = {errno.EPERM, errno.ENOSPC, errno.EDQUOT}
# A name that no program is likely to use.
PROBE = b'.plugpull-written-again'


class _Stuck(Exception):
    pass


def empty(root):
    """Empties each directory, writes to it once more and removes it. Where it could not go on; None where it could."""
    top = os.fsencode(root)

    def attempt(path, act):
        try:
            act()
        except OSError as error:
            if error.errno not in EXCUSED:
                code = errno.errorcode.get(error.errno, str(error.errno))
                raise _Stuck({'path': path.decode('latin-1'), 'error': code}) from error

    def clear(directory):
        with os.scandir(os.path.join(top, directory)) as entries:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for name, is_directory in found:
            path = os.path.join(directory, name)
            if path == b'lost+found':
                continue
            full = os.path.join(top, path)
            if is_directory:
                attempt(path, lambda: clear(path))
                attempt(path, lambda: os.rmdir(full))
            else:
                attempt(path, lambda: os.unlink(full))
        probe = os.path.join(top, directory, PROBE)
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.unlink(probe)

    try:
        attempt(b'', lambda: clear(b''))
    except _Stuck as stuck:
        return stuck.args[0]
    return None
