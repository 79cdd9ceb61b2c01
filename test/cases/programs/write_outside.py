"""Acks what lies outside its directory: write_outside.py FOLDER [replaced: by a new file | a link to it, inside]."""
import os
import sys

outside, how = sys.argv[1], sys.argv[2:]
os.makedirs(outside, exist_ok=True)
written = f"{outside}/precious.new" if how == ["replaced"] else f"{sys.argv[-1]}/precious"
with open(written, "w") as file:
    file.write("precious")
if how == ["replaced"]:
    os.rename(written, f"{outside}/precious")
print("saved precious", flush=True)
