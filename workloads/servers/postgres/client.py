"""Inserts rows into PostgreSQL, each a transaction of its own, and prints each when its commit was answered.

usage: client.py COUNT [--checkpoints]: with a checkpoint after each second row
"""
import os
import sys

from protocol import Postgres

name = f"client{os.environ['PLUGPULL_CLIENT']}"
postgres = Postgres()
for n in range(int(sys.argv[1])):
    if "--checkpoints" in sys.argv and n > 0 and n % 2 == 0:
        postgres.ask("checkpoint")
    postgres.ask(f"insert into kept values ('{name}-{n}', {n * n})")
    os.write(1, f"row {name}-{n}={n * n}\n".encode())
