"""Asks MariaDB for each row whose commit was answered; none may be there that nobody inserted.

With --prefix the latest rows of each client may be missing, and none in between.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from answered import answers, hold_to, lost

client = ["mariadb", "--no-defaults", "-u", "root", "-S", os.environ["PLUGPULL_SOCKET"], "-N", "-B", "plugpull"]
# The table by its key, and what MariaDB itself says of it.
statements = "select concat(name, '=', value) from kept order by name; check table kept extended;"
answer = subprocess.run([*client, "-e", statements], capture_output=True, text=True)
if answer.returncode != 0:
    lost(f"the table cannot be read: {answer.stderr.strip()}")
*rows, checked = answer.stdout.splitlines()
if not checked.endswith("status\tOK"):
    lost(f"check table says: {checked}")
for row in rows:
    name, _, value = row.partition("=")
    if int(value) != int(name.rpartition("-")[2]) ** 2:
        lost(f"the row {row} is there, and nobody inserted it so")
hold_to(answers("row "), rows, lambda row: f"the commit of {row} was answered, and it is not there", "committed")
