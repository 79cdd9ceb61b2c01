"""Acks: whoever gives one waits until the host has stamped it and taken the snapshot that belongs to it."""
import os
import socket
import threading

from wire import encode

MAX_LINE_BYTES = 64 * 1024


class AckDesk:
    def __init__(self, wire):
        self._wire = wire
        self._lock = threading.Lock()
        self._waiting = {}
        self._given = 0

    def give(self, text):
        """An ack by the socket. Returns the host's answer: `ok`, or `cut` when the power was gone before."""
        return self._wait('ack', text=text)

    def printed(self, data):
        """Bytes on standard output: the host looks for acks in them, and answers when the writer may go on."""
        self._wait('printed', data=encode(data))

    def _wait(self, event, **fields):
        with self._lock:
            self._given += 1
            token = self._given
            waiter = {'event': threading.Event(), 'answer': 'cut'}
            self._waiting[token] = waiter
        self._wire.event(event, token=token, **fields)
        waiter['event'].wait()
        return waiter['answer']

    def answered(self, token, answer):
        waiter = self._waiting.pop(token, None)
        if waiter:
            waiter['answer'] = answer
            waiter['event'].set()


def serve_socket(path, desk):
    """The ack socket: one UTF-8 line an ack, answered `ok` or `cut`."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        os.unlink(path)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    os.chmod(path, 0o666)
    server.listen(64)

    def serve(client):
        rest = b''
        with client:
            while True:
                data = client.recv(1 << 16)
                if data == b'':
                    return
                *lines, rest = (rest + data).split(b'\n')
                if len(rest) > MAX_LINE_BYTES:
                    return
                for line in lines:
                    answer = desk.give(line.decode('utf-8', 'replace'))
                    client.sendall(f'{answer}\n'.encode())

    def accept():
        while True:
            client, _ = server.accept()
            threading.Thread(target=quietly, args=(client,), daemon=True).start()

    def quietly(client):
        try:
            serve(client)
        except OSError:
            pass  # The client is gone; its ack may have been given all the same.

    threading.Thread(target=accept, daemon=True).start()
