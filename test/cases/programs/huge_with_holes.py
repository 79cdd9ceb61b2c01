"""Writes three bytes into the middle of a file of 1 TiB, all else of it a hole; `synced`: and syncs both file and name."""
import os
import sys

file = os.open("huge", os.O_CREAT | os.O_RDWR)
os.ftruncate(file, 1 << 40)
os.pwrite(file, b"new", 1 << 39)
if sys.argv[1:] == ["synced"]:
    os.fsync(file)
    os.fsync(os.open(".", os.O_RDONLY))
print("saved huge", flush=True)
