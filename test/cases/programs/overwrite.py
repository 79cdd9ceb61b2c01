"""Overwrites f in place by single synced writes: overwrite.py BYTES OFFSET."""
import os
import sys

size, offset = int(sys.argv[1]), int(sys.argv[2])
file = os.open("f", os.O_WRONLY)
for version in (1, 2):
    os.pwrite(file, b"%d" % version * size, offset)
    os.fsync(file)
    print("saved", version, flush=True)
