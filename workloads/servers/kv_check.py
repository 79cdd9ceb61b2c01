"""Asks the server for each value that was acknowledged."""
import json
import os
import socket
import sys

with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as file:
    acks = json.load(file)["acks"]
with socket.create_connection(("127.0.0.1", int(os.environ["PLUGPULL_PORT"]))) as connection:
    answers = connection.makefile()
    for ack in acks:
        key, value = ack.removeprefix("set ").split("=")
        connection.sendall(f"GET {key}\n".encode())
        found = answers.readline().strip()
        if found != value:
            print(f"{key} was set to {value} and is {found or 'not there'}")
            sys.exit(1)
