"""A key-value server on 127.0.0.1:$PLUGPULL_PORT: `SET key value` and `GET key`, one line each.

Each SET is a line of the file `log`, answered `OK` when it is there; with --sync when it is durable. With
--careless it takes a failed sync for one that was not needed. The names in the directory are made durable when the server
starts. A log that ends within a line is cut to whole lines.
"""
import os
import socketserver
import sys
import threading

SYNC = "--sync" in sys.argv
CARELESS = "--careless" in sys.argv
values = {}
lock = threading.Lock()


def sync(file):
    try:
        os.fsync(file)
    except OSError:
        if not CARELESS:
            os._exit(5)


def open_log():
    log = os.open("log", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    content = os.pread(log, os.fstat(log).st_size, 0)
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.ftruncate(log, len(whole))
    for line in whole.decode().splitlines():
        key, value = line.split(" ", 1)
        values[key] = value
    if SYNC:
        os.fsync(log)
        directory = os.open(".", os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
    return log


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            word, _, rest = line.decode().strip().partition(" ")
            if word == "SET":
                with lock:
                    os.write(LOG, f"{rest}\n".encode())
                    if SYNC:
                        sync(LOG)
                    key, value = rest.split(" ", 1)
                    values[key] = value
                answer = "OK"
            else:
                answer = values.get(rest, "")
            self.wfile.write(f"{answer}\n".encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


LOG = open_log()
with Server(("127.0.0.1", int(os.environ["PLUGPULL_PORT"])), Connection) as server:
    print("ready", flush=True)
    server.serve_forever()
