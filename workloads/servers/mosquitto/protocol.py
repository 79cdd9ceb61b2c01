"""A connection to an MQTT 3.1.1 broker on 127.0.0.1:$PLUGPULL_PORT (https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/)."""
import os
import socket
import struct

CONNECT, PUBLISH, SUBSCRIBE, PING = 0x10, 0x30, 0x82, 0xC0
CONNECTED, PUBLISHED, PONG = 0x20, 0x40, 0xD0
LEAST_ONCE, RETAIN = 0x02, 0x01


class Mqtt:
    def __init__(self, name):
        self.socket = socket.create_connection(("127.0.0.1", int(os.environ["PLUGPULL_PORT"])))
        self.answers = self.socket.makefile("rb")
        clean_session, keep_alive = 0x02, 60
        self._send(CONNECT, text("MQTT") + bytes([4, clean_session]) + struct.pack("!H", keep_alive) + text(name))
        kind, body = self._receive()
        if kind != CONNECTED or body[1] != 0:
            raise RuntimeError(f"the broker refused the connection: {body!r}")

    def keep(self, topic, message, number):
        """Publishes a message to be retained, and waits until the broker has taken it over (PUBACK)."""
        self._send(PUBLISH | LEAST_ONCE | RETAIN, text(topic) + struct.pack("!H", number) + message.encode())
        while self._receive()[0] != PUBLISHED:
            pass

    def kept(self):
        """All retained messages by their topics. They come before the answer to what is asked next."""
        self._send(SUBSCRIBE, struct.pack("!H", 1) + text("#") + bytes([0]))
        self._send(PING, b"")
        found = {}
        while True:
            kind, body = self._receive()
            if kind == PONG:
                return found
            if kind & 0xF0 == PUBLISH:
                (size,) = struct.unpack_from("!H", body)
                found[body[2 : 2 + size].decode()] = body[2 + size :].decode()

    def _send(self, kind, body):
        size, length = len(body), b""
        while True:
            size, low = divmod(size, 128)
            length += bytes([low | (0x80 if size else 0)])
            if not size:
                break
        self.socket.sendall(bytes([kind]) + length + body)

    def _receive(self):
        head = self.answers.read(1)
        if not head:
            raise EOFError("the broker closed the connection")
        size, shift = 0, 0
        while True:
            (byte,) = self.answers.read(1)
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return head[0], self.answers.read(size)


def text(words):
    return struct.pack("!H", len(words.encode())) + words.encode()
