"""Acks what lies outside its directory: write_outside.py FOLDER [a link to it, inside]."""
import os
import sys

os.makedirs(sys.argv[1], exist_ok=True)
with open(f"{sys.argv[-1]}/precious", "w") as file:
    file.write("precious")
print("saved precious", flush=True)
