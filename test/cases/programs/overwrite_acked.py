"""Overwrites f three times and acks each; only the last is synced before its ack."""
import os

file = os.open("f", os.O_WRONLY)
for version in (1, 2, 3):
    os.pwrite(file, b"%d" % version * 1000, 0)
    if version == 3:
        os.fsync(file)
    print("saved", version, flush=True)
