"""Replaces f without syncing the new file, then syncs the directory: replace_unsynced.py [mkdir: and makes another]."""
import os
import sys

with open("f.new", "wb") as new:
    new.write(b"new" * 2000)
if "mkdir" in sys.argv[1:]:
    os.mkdir("unrelated")
os.rename("f.new", "f")
os.fsync(os.open(".", os.O_RDONLY))
print("saved f", flush=True)
