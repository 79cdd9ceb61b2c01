"""A checker whose own mistake shows only where something was acked: Python ends with exit code 1, as a rejection does."""
import json
import os

with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as state:
    acked = json.load(state)["acks"]
if acked:
    print(never_defined)
