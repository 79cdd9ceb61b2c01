"""Accepts a directory that holds f1 up to the number of acks; no quicker than one that starts a database."""
import json
import os
import sys
import time

with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as state:
    acked = len(json.load(state)["acks"])
time.sleep(0.05)
for number in range(1, acked + 1):
    if not os.path.exists(f"f{number}"):
        print(f"f{number} is gone")
        sys.exit(1)
