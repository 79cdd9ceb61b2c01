"""Creates N files under temporary names, renames each, then syncs once: what an unpacking program does.

Usage: renames.py N
"""

import ctypes
import os
import sys

for number in range(int(sys.argv[1])):
    with open(f"file-{number}.tmp", "w", encoding="utf-8") as file:
        file.write(f"content of file {number}\n")
    os.rename(f"file-{number}.tmp", f"file-{number}")
# Of its own file system: sync(2) would write back everybody else's, too.
if ctypes.CDLL(None).syncfs(os.open(".", os.O_RDONLY)) != 0:
    sys.exit("syncfs failed")
print("Renamed", flush=True)
