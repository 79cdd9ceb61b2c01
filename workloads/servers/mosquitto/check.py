"""Asks the broker for each retained message that it had taken over; none may be there that nobody published.

With --prefix the latest messages of each client may be missing, and none in between.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from answered import answers, hold_to, lost
from protocol import Mqtt

found = Mqtt("check").kept()
for topic, message in found.items():
    if int(message) != int(topic.rpartition("-")[2]) ** 2:
        lost(f"{topic} is {message}, and nobody published that")
topics = [kept.partition("=")[0] for kept in answers("kept ")]
hold_to(topics, found, lambda topic: f"the broker had taken over {topic}, and it is not there", "published")
