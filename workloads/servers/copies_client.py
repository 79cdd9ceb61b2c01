"""Sets `clientN-0`, `clientN-1`, ... on each of the servers named as arguments, and prints each when all have answered."""
import os
import sys

from kv_connection import Connection

nodes = [Connection(name) for name in sys.argv[1:]]
for n in range(2):
    key = f"client{os.environ['PLUGPULL_CLIENT']}-{n}"
    for node in nodes:
        node.set(key, str(n * n))
    os.write(1, f"set {key}={n * n}\n".encode())
