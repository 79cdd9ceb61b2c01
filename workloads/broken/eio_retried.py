"""Broken: a failed fsync is retried until it succeeds. Right twin: ../seeds/error_handling.py

Missing   the knowledge that fsync reports an error once. After a failed write the kernel marks the pages clean
          and may drop them; the next fsync finds nothing to write and succeeds, and the data is on no disk.
Promises  what the twin does: once "Saved NAME" is printed, the file survives a power cut.

Usage: eio_retried.py [FILE...]
"""

import os
import sys

ATTEMPTS = 3


def sync(descriptor: int) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            os.fsync(descriptor)
            return
        except OSError as error:
            print(f"Warning: fsync attempt {attempt} failed: {error.strerror}", file=sys.stderr)
            if attempt == ATTEMPTS:
                raise


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
