"""Right: a synced file beside what else a data folder may hold: odd_names.py quote|socket|fifo|bytes."""
import os
import socket
import sys

kind = sys.argv[1]
name = {"quote": b'a"b', "bytes": b"a\xff\nb"}.get(kind, b"a")
file = os.open(name, os.O_CREAT | os.O_WRONLY)
os.write(file, b"1")
os.fsync(file)
if kind == "socket":
    socket.socket(socket.AF_UNIX).bind("sock")
if kind == "fifo":
    os.mkfifo("fifo")
os.fsync(os.open(".", os.O_RDONLY))
print("saved it", flush=True)
