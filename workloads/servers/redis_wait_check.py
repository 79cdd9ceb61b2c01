"""Asks both nodes for each value that WAIT answered for: whichever goes on after the power cut has it."""
import os

from answered import answers, lost
from redis_protocol import Redis

nodes = {name: Redis(os.environ[f"PLUGPULL_PORT_{name.upper()}"]) for name in ("primary", "replica")}
for answer in answers("set "):
    key, value = answer.split("=")
    for name, redis in nodes.items():
        found = redis.ask("GET", key)
        if found != value:
            lost(f"{key} was set to {value}, WAIT answered 1, and on the {name} it is {found or 'not there'}")
