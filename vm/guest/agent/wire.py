"""JSON lines between the agent and the host, over a virtio-serial port, or User-mode Linux's first serial line.

Host to guest: {"id": n, "call": name, ...arguments}. Guest to host: {"id": n, "ok": result}, or
{"id": n, "error": {"code": "EBUSY" or null, "message": text}}, or {"event": name, ...}. Bytes are base64.
Whoever connects first says {"call": "hello"} and skips everything before the answer: another may have hung up in
the middle of a line.
"""
import base64
import errno
import json
import os
import threading
import time

PORT_NAME = 'plugpull.agent'
TAKEN_BYTES = 1024


def open_serial(line):
    fd = os.open(line, os.O_RDWR | os.O_NOCTTY)
    # Imported where it is needed: not every root has it.
    import tty
    tty.setraw(fd)
    return fd


def find_port():
    """The port's device, once the driver has made it."""
    ports = '/sys/class/virtio-ports'
    while True:
        for port in os.listdir(ports) if os.path.isdir(ports) else []:
            with open(f'{ports}/{port}/name') as name:
                if name.read().strip() == PORT_NAME:
                    return f'/dev/{port}'
        time.sleep(0.01)


def encode(data):
    return base64.b64encode(data).decode()


class Wire:
    """`plugpull_port` is on the kernel's command line where the way to the host is a serial line."""

    def __init__(self):
        self._line = os.environ.get('plugpull_port')
        self._fd = open_serial(self._line) if self._line else os.open(find_port(), os.O_RDWR)
        self._taken = 0
        self._lock = threading.Lock()
        self._rest = b''
        # What was said on a serial line before it was opened is not noticed until more comes: wait for this.
        self.event('ready')

    def send(self, message):
        self._write((json.dumps(message, separators=(',', ':')) + '\n').encode('utf-8', 'surrogateescape'))

    def _write(self, text):
        data = memoryview(text)
        with self._lock:
            while data:
                data = data[os.write(self._fd, data):]

    def event(self, name, **fields):
        self.send({'event': name, **fields})

    def answer(self, request_id, result):
        self.send({'id': request_id, 'ok': result})

    def refuse(self, request_id, error):
        code = errno.errorcode.get(error.errno) if isinstance(error, OSError) else None
        self.send({'id': request_id, 'error': {'code': code, 'message': f'{type(error).__name__}: {error}'}})

    def _take(self, count):
        """Tells the host how much was read off a serial line (vm/uml/serial-channel.ts says why)."""
        self._taken += count
        if self._line and self._taken >= TAKEN_BYTES:
            self._write(f'+{self._taken}\n'.encode())
            self._taken = 0

    def receive(self):
        """The next message. Without anybody at the other end it waits for somebody."""
        while b'\n' not in self._rest:
            part = os.read(self._fd, 1 << 16)
            if part == b'':
                # Hung up: what was half sent is nobody's any more.
                self._rest = b''
                time.sleep(0.01)
            self._rest += part
            self._take(len(part))
        line, self._rest = self._rest.split(b'\n', 1)
        try:
            return json.loads(line)
        except ValueError:
            return {}
