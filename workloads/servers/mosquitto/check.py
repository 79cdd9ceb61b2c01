"""Asks the broker for each retained message that it had taken over; none may be there that nobody published.

With --prefix the latest messages of each client may be missing, and none in between.
"""
import json
import os
import sys

from protocol import Mqtt


def lost(reason):
    print(reason)
    sys.exit(1)


with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as file:
    acks = json.load(file)["acks"]
found = Mqtt("check").kept()
for topic, message in found.items():
    if int(message) != int(topic.rpartition("-")[2]) ** 2:
        lost(f"{topic} is {message}, and nobody published that")
missing = {}
for ack in acks:
    topic, message = ack.removeprefix("kept ").split("=")
    client = topic.rpartition("-")[0]
    if topic not in found:
        if "--prefix" not in sys.argv:
            lost(f"the broker had taken over {topic}, and it is not there")
        missing[client] = topic
    elif client in missing:
        lost(f"{topic} is there, and {missing[client]}, which the same client had published before, is not")
