"""Asks etcd for each key whose put was answered; none may be there that nobody put."""
import http.client
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from answered import answers, hold_to, lost
from protocol import Etcd

try:
    found = Etcd().everything()
except (RuntimeError, OSError, http.client.HTTPException) as error:
    lost(f"the keys cannot be read: {error}")
for key, value in found.items():
    if int(value) != int(key.rpartition("-")[2]) ** 2:
        lost(f"{key} is {value}, and nobody put that")
keys = [put.partition("=")[0] for put in answers("put ")]
hold_to(keys, found, lambda key: f"the put of {key} was answered, and it is not there", "put")
