"""Broken: no fsync at all. Right twin: ../seeds/basic_sync.py

Missing   fsync of the file. Flushing Python's buffer, like closing the file, only hands the lines to the
          kernel, which writes them when it likes.
Promises  what the twin does: once "Synced NAME" is printed, both lines survive a power cut.

Usage: no_fsync.py [FILE]
"""

import sys


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "notes.txt"
    with open(name, "w") as file:
        file.write("first line\n")
        file.write("second line\n")
        file.flush()
        print(f"Synced {name}", flush=True)


main()
