"""Fsync cost: what durability of every line costs.

Pattern   write N lines twice: into one file with no fsync at all, into another with flush and fsync a line;
          print both times and their ratio.
Promises  once "Synced line N" is printed, lines 1 to N of the *synced* file survive a power cut. Nothing is
          promised about the unsynced file.
Relies on fsync(file) making appended data and the new size durable, which it promises.
Forgets   fsync of the directory: the name of the synced file is not promised to survive.

Usage: fsync_cost.py [LINES]
"""

import os
import sys
import time


def write_unsynced(name: str, lines: int) -> float:
    start = time.perf_counter()
    with open(name, "w") as file:
        for number in range(1, lines + 1):
            file.write(f"line {number}\n")
    return time.perf_counter() - start


def write_synced(name: str, lines: int) -> float:
    start = time.perf_counter()
    with open(name, "w") as file:
        for number in range(1, lines + 1):
            file.write(f"line {number}\n")
            file.flush()
            os.fsync(file.fileno())
            print(f"Synced line {number}", flush=True)
    return time.perf_counter() - start


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    unsynced = write_unsynced("unsynced.txt", lines)
    synced = write_synced("synced.txt", lines)
    print(f"{lines} lines without fsync: {unsynced * 1000:.3f} ms")
    print(f"{lines} lines with fsync:    {synced * 1000:.3f} ms")
    print(f"ratio: {synced / unsynced:.1f}")


main()
