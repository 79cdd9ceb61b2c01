"""Creates N files in the new folder FOLDER, a few bytes and an fsync each. Prints the milliseconds it took.

Usage: create_fsync.py FOLDER N
"""

import os
import sys
import time

folder, count = sys.argv[1], int(sys.argv[2])
os.mkdir(folder)
started = time.monotonic()
for number in range(count):
    fd = os.open(f"{folder}/{number}", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(fd, b"a few bytes\n")
    os.fsync(fd)
    os.close(fd)
print((time.monotonic() - started) * 1000)
