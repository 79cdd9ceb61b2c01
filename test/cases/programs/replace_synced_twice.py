"""Replaces f right, and syncs the new file once more after it has the name: that second time could go."""
import os


def sync(path):
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


with open("f.new", "wb") as new:
    new.write(b"new" * 2000)
sync("f.new")  # before the name
os.rename("f.new", "f")
sync("f")  # after it
sync(".")
print("saved f", flush=True)
