"""Broken: the ack comes before the fsyncs. Right twin: ../seeds/directory_sync.py

Missing   the order. Every call of the twin is made, but the promise is given before the first sync: a power cut
          in between breaks it.
Promises  what the twin does: once "Synced NAME" is printed, the file survives with both lines.

Usage: ack_before_fsync.py [FILE]
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
            print(f"Synced {path}", flush=True)
            os.fsync(file.fileno())
        os.fsync(directory)
    finally:
        os.close(directory)


main()
