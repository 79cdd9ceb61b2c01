"""File systems on the guest's disks: mounted with the scenario's options, looked at without changing them."""
import os
import time

import kernel
import modules
from extents import of_tree
from touches import Touches
from tree import Snapshots

BUSY_SECONDS = 10


def mount(device, at, fs, options):
    modules.load([fs])
    os.makedirs(at, exist_ok=True)
    kernel.forget_cached(device)
    kernel.mount_with_options(device, at, fs, options)


def unmount(at):
    """Waits a moment for what is still busy: background closers finish."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return kernel.unmount(at)
        except OSError as error:
            if error.errno != 16 or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def bind(source, at):
    """Puts a folder or file where the host has it, so that commands mean the same on both."""
    if os.path.isdir(source):
        os.makedirs(at, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(at), exist_ok=True)
        open(at, 'a').close()
    kernel.mount(source, at, '', kernel.MS_BIND)


def settle(path, device):
    """Not every file system's sync flushes the disk; fsync(2) of a block device does."""
    kernel.syncfs(path)
    fd = os.open(device, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class Watched:
    """The workload's directory through a read-only view without access times: looking changes nothing."""

    def __init__(self):
        self._view = None

    def watch(self, root, view):
        os.makedirs(view, exist_ok=True)
        kernel.mount(root, view, '', kernel.MS_BIND)
        kernel.mount('', view, '', kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | kernel.MS_NOATIME)
        self._view = view
        self._snapshots = Snapshots(view)
        self._touches = Touches(view)

    def snapshot(self):
        changes, tree = self._snapshots.take()
        changed = {entry['path'] for entry in changes['changed']}
        return {
            **changes,
            'touched': self._touches.collect(tree),
            'extents': of_tree(self._view, {path: entry for path, entry in tree.items() if path in changed}),
        }

    def all_extents(self):
        _, tree = self._snapshots.take()
        return of_tree(self._view, tree)

    def unwatch(self):
        if self._view:
            self._touches.close()
            unmount(self._view)
            self._view = None
