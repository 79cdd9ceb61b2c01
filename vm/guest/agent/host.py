"""The files of the host's that User-mode Linux can show (hostfs), read-only."""
import os

import kernel

FOLDER = '/run/plugpull/host'
_mounted = False


def at(path):
    """Where in the guest a path of the host's is, whatever is mounted over it elsewhere."""
    global _mounted
    if not _mounted:
        os.makedirs(FOLDER, exist_ok=True)
        kernel.mount('none', FOLDER, 'hostfs', kernel.MS_RDONLY, '/')
        _mounted = True
    return FOLDER + path


def is_seen(path):
    """It is there already, because the host's files are the root (vm/guest/host_root.py)."""
    return 'plugpull_modules' in os.environ and os.path.lexists(path)
