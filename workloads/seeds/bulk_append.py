"""Bulk append: batches of many blocks, each made durable, to a log that was there before.

Pattern   for each batch: open for append, write it, flush, fsync, close.
Promises  once "Appended batch N" is printed, batches 1 to N survive a power cut.
Relies on fsync(file) making appended data and the new size durable, and on a later append that fails halfway
          leaving earlier batches alone. No batch ends at the end of a block, so each append also writes the block in
          which the one before ended: a file system that puts that block elsewhere has to write it before it says so.
Forgets   nothing, over a log whose name is durable.

Usage: bulk_append.py [FILE [BATCHES [BYTES]]]
"""

import os
import sys


def batch(number: int, length: int) -> str:
    line = f"batch {number}: measured {number * 1000 + 7}\n"
    return (line * (length // len(line) + 1))[: length - 1] + "\n"


def append(name: str, text: str) -> None:
    with open(name, "a") as log:
        log.write(text)
        log.flush()
        os.fsync(log.fileno())


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "measurements.log"
    batches = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    length = int(sys.argv[3]) if len(sys.argv) > 3 else 50_000
    for number in range(1, batches + 1):
        append(name, batch(number, length))
        print(f"Appended batch {number}", flush=True)


main()
