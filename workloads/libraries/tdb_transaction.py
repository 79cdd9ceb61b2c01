"""tdb: one transaction over a database that was there and durable before.

Pattern   `create RECORDS` makes a database; `commit` stores a thousand records in one transaction, prints "Committed".
Promises  at any instant the database can be opened and holds what an earlier transaction committed; after "Committed"
          the new records, too.
Forgets   the first transaction that needs a larger recovery area makes the file longer and puts the area's place into
          the header without a sync in between. A power cut may keep the header and lose the length: the place is then
          behind the end of the file, and tdb refuses to open it for good.

Usage: tdb_transaction.py create RECORDS | commit      (without mmap: each change is a call that can be seen)
"""

import os
import sys

import tdb

database = tdb.Tdb("db.tdb", 0, tdb.NOMMAP, os.O_RDWR | os.O_CREAT, 0o644)
if sys.argv[1] == "create":
    for number in range(int(sys.argv[2])):
        database.store(b"key%d" % number, b"old" * 60)
else:
    database.transaction_start()
    for number in range(1000):
        database.store(b"key%d" % number, b"new" * 65)
    database.transaction_commit()
    print("Committed 1000 records", flush=True)
database.close()
