"""Three versions, each synced under another name and renamed over f; the directory is never synced.

f is whole at every instant, but no version is sure to stay.
"""
import os

for version in (1, 2, 3):
    file = os.open("f.new", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.write(file, b"%d" % version * 1000 * version)
    os.fsync(file)
    os.close(file)
    os.rename("f.new", "f")
    print("saved", version, flush=True)
