"""Publishes messages to be retained, and prints each when the broker has taken it over. usage: client.py COUNT"""
import os
import sys

from protocol import Mqtt

name = f"client{os.environ['PLUGPULL_CLIENT']}"
broker = Mqtt(name)
for n in range(int(sys.argv[1])):
    broker.keep(f"{name}-{n}", str(n * n), n + 1)
    os.write(1, f"kept {name}-{n}={n * n}\n".encode())
