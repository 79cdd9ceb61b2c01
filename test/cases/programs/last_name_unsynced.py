"""Twelve files, each synced, and its name too but for the last."""
import os

directory = os.open(".", os.O_RDONLY)
for number in range(1, 13):
    file = os.open(f"f{number}", os.O_CREAT | os.O_WRONLY)
    os.write(file, b"x")
    os.fsync(file)
    os.close(file)
    if number < 12:
        os.fsync(directory)
    print("saved", number, flush=True)
