"""Portable sync: one wrapper for Linux, macOS and Windows.

Pattern   sync(descriptor) asks for the strongest thing the platform has: F_FULLFSYNC where it exists (on macOS
          fsync reaches the drive, not its platters or cells), os.fsync elsewhere (FlushFileBuffers in effect on
          Windows). The name is made durable through the directory where directories can be opened.
Promises  once "Synced NAME" is printed, the file survives a power cut, under its name, with its content.
Relies on fsync(file) for data and size, fsync(directory) for the name.

Usage: portable_sync.py [FILE]
"""

import os
import sys

try:
    from fcntl import F_FULLFSYNC, fcntl
except ImportError:  # Linux has fcntl but no F_FULLFSYNC, Windows has neither.
    F_FULLFSYNC = None


def sync(descriptor: int) -> None:
    if F_FULLFSYNC is not None:
        try:
            fcntl(descriptor, F_FULLFSYNC)
            return
        except OSError:
            pass  # Some file systems, network ones above all, refuse it: fsync is the best that is left.
    os.fsync(descriptor)


def sync_directory(path: str) -> None:
    if os.name == "nt":
        return  # Windows cannot open a directory as a file; NTFS journals the name by itself.
    directory = os.open(path, os.O_RDONLY)
    try:
        sync(directory)
    finally:
        os.close(directory)


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else "settings.txt"
    with open(path, "w", newline="\n") as file:
        file.write("colour = green\n")
        file.write("volume = 7\n")
        file.flush()
        sync(file.fileno())
    sync_directory(os.path.dirname(path) or ".")
    print(f"Synced {path}", flush=True)


main()
