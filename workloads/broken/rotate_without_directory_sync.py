"""Broken: a log is rotated by rename, and nobody syncs the directory.

Pattern   for each rotation: rename log to log.N, create log anew, write it, flush, fsync, close.
Missing   fsync of the directory after the rename, and again after the new log is created. The new log may become
          durable under the old one's name while the old one's new name does not: then the old log is gone.
Promises  once "Rotated to log.N" is printed, log.N holds all that log held, and log is the new one.

Usage: rotate_without_directory_sync.py [ROTATIONS]
"""

import os
import sys


def write_durably(name: str, text: str) -> None:
    with open(name, "w") as log:
        log.write(text)
        log.flush()
        os.fsync(log.fileno())


def main() -> None:
    rotations = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    for number in range(1, rotations + 1):
        os.rename("log", f"log.{number}")
        write_durably("log", f"log after rotation {number}\n" * 40)
        print(f"Rotated to log.{number}", flush=True)


main()
