"""A connection to a key-value server (kv_server.py)."""
import os
import socket
import sys


class Connection:
    def __init__(self, node):
        """To the server of this name, among several."""
        address = "127.0.0.1", int(os.environ[f"PLUGPULL_PORT_{node.upper()}"])
        self.socket = socket.create_connection(address)
        self.answers = self.socket.makefile()

    def set(self, key, value):
        if self.ask(f"SET {key} {value}") != "OK":
            sys.exit("the server did not answer OK")

    def get(self, key):
        """'' where it is not there."""
        return self.ask(f"GET {key}")

    def ask(self, line):
        self.socket.sendall(f"{line}\n".encode())
        return self.answers.readline().strip()
