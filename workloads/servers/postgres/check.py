"""Asks PostgreSQL for each row whose commit was answered; none may be there that nobody inserted, or twice.

With --prefix the latest rows of each client may be missing, and none in between.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from answered import answers, hold_to, lost
from protocol import Postgres

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
hold_to(answers("row "), rows, lambda row: f"the commit of {row} was answered, and it is not there", "committed")
