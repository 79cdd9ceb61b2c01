"""Checks what tdb_transaction.py leaves: a database that opens, with all old records or all new ones.

Exit codes: 0 as promised, 1 not.

Usage: tdb_check.py RECORDS      (how many the database had before)
"""

import os
import sys

import tdb

records = int(sys.argv[1])
old, new = b"old" * 60, b"new" * 65
try:
    database = tdb.Tdb("db.tdb", 0, tdb.NOMMAP, os.O_RDWR, 0)
except OSError as error:
    print(f"db.tdb cannot be opened: {error}")
    sys.exit(1)
values = [database.get(b"key%d" % number) for number in range(max(records, 1000))]
before = [old if number < records else None for number in range(len(values))]
after = [new if number < 1000 else value for number, value in enumerate(before)]
if values not in (before, after):
    print(f"{values.count(old)} old records, {values.count(new)} new, {values.count(None)} missing")
    sys.exit(1)
