"""The files of the host's that User-mode Linux can show (hostfs), read-only."""
import os

import kernel

FOLDER = '/run/plugpull/host'
GUESTS_OWN = ('/dev', '/proc', '/sys', '/run', '/tmp')
_mounted = False
_shown = []


def at(path):
    """Where in the guest a path of the host's, without links, is, whatever is mounted over it elsewhere."""
    global _mounted
    if not _mounted:
        os.makedirs(FOLDER, exist_ok=True)
        kernel.mount('none', FOLDER, 'hostfs', kernel.MS_RDONLY, '/')
        _mounted = True
    return FOLDER + path


def is_seen(path):
    """It is there already: the host's files are the root (vm/guest/host_root.py), or a folder above it was shown.

    That something is there does not tell: below a folder of the guest's own it may be what another one was shown on.
    """
    is_root = 'plugpull_modules' in os.environ
    return any(_is_within(path, shown) for shown in _shown) or (
        is_root and os.path.lexists(path) and not any(_is_within(path, own) for own in GUESTS_OWN))


def note_shown(path):
    _shown.append(path)


def _is_within(path, folder):
    return path == folder or path.startswith(f'{folder}/')
