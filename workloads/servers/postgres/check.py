"""Asks PostgreSQL for each row whose commit was answered; none may be there that nobody inserted, or twice.

With --prefix the latest rows of each client may be missing, and none in between.
"""
import json
import os
import sys

from protocol import Postgres


def lost(reason):
    print(reason)
    sys.exit(1)


with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as file:
    acks = json.load(file)["acks"]
try:
    # Once by the table, once by its index: they have to agree.
    rows = [f"{name}={value}" for name, value in Postgres().ask("select * from kept")]
    postgres = Postgres()
    postgres.ask("set enable_seqscan = off")
    indexed = postgres.ask("select name from kept order by name")
except (RuntimeError, EOFError) as error:
    lost(f"the table cannot be read: {error}")
if sorted(row.partition("=")[0] for row in rows) != sorted(name for (name,) in indexed):
    lost("the table and its index hold different rows")
for row in rows:
    name, _, value = row.partition("=")
    if rows.count(row) > 1 or int(value) != int(name.rpartition("-")[2]) ** 2:
        lost(f"the row {row} is there, and nobody inserted it so")
missing = {}
for ack in acks:
    row = ack.removeprefix("row ")
    client = row.rpartition("-")[0]
    if row not in rows:
        if "--prefix" not in sys.argv:
            lost(f"the commit of {row} was answered, and it is not there")
        missing[client] = row
    elif client in missing:
        lost(f"{row} is there, and {missing[client]}, which the same client had committed before, is not")
