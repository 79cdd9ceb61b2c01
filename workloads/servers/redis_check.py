"""Asks a Redis server for each value that was acknowledged. With --prefix it may lack the latest ones, but none in between."""
import json
import os
import sys

from redis_protocol import Redis

prefix = "--prefix" in sys.argv
redis = Redis()
with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as file:
    acks = json.load(file)["acks"]
missing = {}
for ack in acks:
    key, value = ack.removeprefix("set ").split("=")
    client = key.rpartition("-")[0]
    found = redis.ask("GET", key)
    if found is None and prefix:
        missing[client] = key
    elif found != value:
        print(f"{key} was set to {value} and is {'not there' if found is None else found}")
        sys.exit(1)
    elif client in missing:
        print(f"{key} is there, and {missing[client]}, which the same client had set before, is not")
        sys.exit(1)
