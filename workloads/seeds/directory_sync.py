"""Directory sync: the right way to create a file.

Pattern   open the parent directory, create the file in it, write, fsync the file, fsync the directory.
Promises  once "Synced NAME" is printed, the file survives a power cut, under its name, with both lines.
Relies on fsync(file) for data and size, fsync(directory) for the name. Nothing more: this is all POSIX asks.

Usage: directory_sync.py [FILE]
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
            os.fsync(file.fileno())
        os.fsync(directory)
        print(f"Synced {path}", flush=True)
    finally:
        os.close(directory)


main()
