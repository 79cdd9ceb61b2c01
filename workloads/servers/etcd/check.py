"""Asks etcd for each key whose put was answered; none may be there that nobody put."""
import http.client
import json
import os
import sys

from protocol import Etcd


def lost(reason):
    print(reason)
    sys.exit(1)


with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as file:
    acks = json.load(file)["acks"]
try:
    found = Etcd().everything()
except (RuntimeError, OSError, http.client.HTTPException) as error:
    lost(f"the keys cannot be read: {error}")
for key, value in found.items():
    if int(value) != int(key.rpartition("-")[2]) ** 2:
        lost(f"{key} is {value}, and nobody put that")
for ack in acks:
    key, value = ack.removeprefix("put ").split("=")
    if key not in found:
        lost(f"the put of {key} was answered, and it is not there")
