"""Broken: the directory is synced instead of the file. Right twin: ../seeds/directory_sync.py

Missing   fsync of the file. The directory's fsync keeps the name, and owes nothing to the data behind it: after
          a power cut the file may be there and empty.
Promises  what the twin does: once "Synced NAME" is printed, the file survives with both lines.

Usage: directory_synced_instead_of_file.py [FILE]
"""

import os
import sys


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else "notes.txt"
    parent, name = os.path.split(path)
    directory = os.open(parent or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=directory)
        with open(descriptor, "w") as file:
            file.write("first line\n")
            file.write("second line\n")
            file.flush()
        os.fsync(directory)
        print(f"Synced {path}", flush=True)
    finally:
        os.close(directory)


main()
