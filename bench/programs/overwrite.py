"""Overwrites a synced file of N blocks, past the page cache, without a sync: N writes pending at one crash point.

Usage: overwrite.py N      (2^N crash states that a reader of the file can tell apart)
"""

import mmap
import os
import sys

BLOCK = 4096
blocks = int(sys.argv[1])
with open("data", "wb") as file:
    file.write(b"o" * BLOCK * blocks)
    file.flush()
    os.fsync(file.fileno())
print("Written", flush=True)
# O_DIRECT wants memory at a page's border.
page = mmap.mmap(-1, BLOCK)
page.write(b"n" * BLOCK)
fd = os.open("data", os.O_WRONLY | os.O_DIRECT)
for block in range(blocks):
    os.pwrite(fd, page, block * BLOCK)
os.close(fd)
