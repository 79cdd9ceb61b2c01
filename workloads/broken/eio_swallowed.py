"""Broken: a failed fsync is swallowed and the file acknowledged. Right twin: ../seeds/error_handling.py

Missing   the difference between an fsync that worked and one that did not: every error is taken for "this file
          does not support fsync". On a healthy disk the program is right; on a failing one it lies.
Promises  what the twin does: once "Saved NAME" is printed, the file survives a power cut.

Usage: eio_swallowed.py [FILE...]
"""

import os
import sys


def sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # The fault: EIO ends here too.


def save(path: str, content: str) -> None:
    with open(path, "w") as file:
        file.write(content)
        file.flush()
        sync(file.fileno())
    directory = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(directory)
    finally:
        os.close(directory)


def main() -> None:
    for path in sys.argv[1:] or ["report.txt"]:
        save(path, "quarter 1: 1200\nquarter 2: 1350\n")
        print(f"Saved {path}", flush=True)


main()
