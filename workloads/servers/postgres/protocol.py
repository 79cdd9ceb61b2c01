"""A connection to PostgreSQL by its own protocol (https://www.postgresql.org/docs/15/protocol.html): simple queries, no password."""
import os
import socket
import struct


class Postgres:
    def __init__(self):
        folder = os.path.dirname(os.environ["PLUGPULL_SOCKET"])
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(f"{folder}/.s.PGSQL.{os.environ['PLUGPULL_PORT']}")
        self.answers = self.socket.makefile("rb")
        words = b"user\0postgres\0database\0postgres\0\0"
        self.socket.sendall(struct.pack("!ii", len(words) + 8, 3 << 16) + words)
        self._rows()

    def ask(self, statement):
        """One statement. Returns its rows, each a tuple of texts; raises RuntimeError for an error, EOFError when the server is gone."""
        words = statement.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!i", len(words) + 4) + words)
        return self._rows()

    def _rows(self):
        rows, error = [], None
        while True:
            head = self.answers.read(5)
            if len(head) < 5:
                raise EOFError(error or "PostgreSQL closed the connection")
            kind, size = struct.unpack("!ci", head)
            body = self.answers.read(size - 4)
            if kind == b"D":
                rows.append(tuple(columns(body)))
            elif kind == b"E":
                fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
                error = f"{fields[b'C']}: {fields[b'M']}"
            elif kind == b"Z":
                if error:
                    raise RuntimeError(error)
                return rows


def columns(body):
    (count,) = struct.unpack_from("!h", body)
    at = 2
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, at)
        yield body[at + 4 : at + 4 + size].decode() if size >= 0 else None
        at += 4 + max(size, 0)
