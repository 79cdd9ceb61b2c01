"""A connection to Redis on 127.0.0.1:$PLUGPULL_PORT, in its own protocol (https://redis.io/docs/latest/develop/reference/protocol-spec/)."""
import os
import socket


class Redis:
    def __init__(self, port=None):
        """To another port where one is named."""
        self.socket = socket.create_connection(("127.0.0.1", int(port or os.environ["PLUGPULL_PORT"])))
        self.answers = self.socket.makefile("rb")

    def ask(self, *words):
        """One command. Returns a str, an int, None for nil; raises RuntimeError for an error answer."""
        parts = [word.encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        line = self.answers.readline()
        kind, rest = line[:1], line[1:].strip().decode()
        if kind == b"-":
            raise RuntimeError(rest)
        if kind == b":":
            return int(rest)
        if kind == b"$":
            length = int(rest)
            return None if length < 0 else self.answers.read(length + 2)[:-2].decode()
        if kind == b"+":
            return rest
        raise RuntimeError(f"unexpected answer {line!r}")
