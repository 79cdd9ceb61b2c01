"""Creates N files under temporary names, renames each, then syncs once: what an unpacking program does.

Usage: renames.py N
"""

import os
import sys

for number in range(int(sys.argv[1])):
    with open(f"file-{number}.tmp", "w", encoding="utf-8") as file:
        file.write(f"content of file {number}\n")
    os.rename(f"file-{number}.tmp", f"file-{number}")
os.sync()
print("Renamed", flush=True)
