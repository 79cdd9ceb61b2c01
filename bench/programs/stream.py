"""Writes N MiB to FILE, a MiB at a time, and syncs it. Prints the milliseconds it took.

Usage: stream.py FILE N
"""

import os
import sys
import time

path, count = sys.argv[1], int(sys.argv[2])
data = os.urandom(1 << 20)
started = time.monotonic()
fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
for _ in range(count):
    os.write(fd, data)
os.fsync(fd)
os.close(fd)
print((time.monotonic() - started) * 1000)
