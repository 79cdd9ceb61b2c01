"""Asks each of the servers named as arguments for each value that was acknowledged, and whether one has what another before it lacks.

The client writes to them in this order, and waits for each answer: what one has, those before it have.
"""
import sys

from answered import answers, lost
from kv_connection import Connection

nodes = {name: Connection(name) for name in sys.argv[1:]}
for answer in answers("set "):
    key, value = answer.split("=")
    for name, node in nodes.items():
        found = node.get(key)
        if found != value:
            lost(f"{key} was set to {value} on all, and is {found or 'not there'} on {name}")
for client in range(2):
    for n in range(2):
        key = f"client{client}-{n}"
        holders = [name for name, node in nodes.items() if node.get(key)]
        if holders != list(nodes)[: len(holders)]:
            lost(f"{key} is there on {holders[-1]}, and not on one that answered before it")
