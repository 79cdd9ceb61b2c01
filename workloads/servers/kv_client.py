"""Sets `clientN-0`, `clientN-1`, ... on the server, one after the other, and prints each when it was answered."""
import os
import socket
import sys

count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
name = f"client{os.environ['PLUGPULL_CLIENT']}"
with socket.create_connection(("127.0.0.1", int(os.environ["PLUGPULL_PORT"]))) as connection:
    answers = connection.makefile()
    for n in range(count):
        connection.sendall(f"SET {name}-{n} {n * n}\n".encode())
        if answers.readline() != "OK\n":
            sys.exit("the server did not answer OK")
        os.write(1, f"set {name}-{n}={n * n}\n".encode())
