"""Broken: no flush of Python's buffer before fsync. Right twin: ../seeds/directory_sync.py

Missing   file.flush(). Both lines are still in Python's own memory when fsync runs: it makes an empty file
          durable. The lines reach the kernel when the file is closed, after the ack, and nothing syncs them.
Promises  what the twin does: once "Synced NAME" is printed, the file survives with both lines.

The system calls before the ack are faultless, so the fault shows only to a checker that knows what the ack
means: ../checkers/acked_notes.py

Usage: no_user_flush.py [FILE]
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
            os.fsync(file.fileno())
            os.fsync(directory)
            print(f"Synced {path}", flush=True)
    finally:
        os.close(directory)


main()
