"""TinyDB: one document removed; the call that removes it returns after an fsync.

Pattern   two documents inserted and synced, the second one removed, print "Removed".
Promises  once "Removed" is printed, the database is the one without it after a power cut.
Forgets   TinyDB writes the shorter text over the longer one, syncs that, and truncates the file afterwards. A power cut
          before the file system gets round to the truncation leaves the new text with the old one's end behind it,
          which is no JSON: nothing in the database can be read.
"""

import os

from tinydb import TinyDB, where

database = TinyDB("db.json")
database.insert({"name": "a first document", "text": "x" * 40})
database.insert({"name": "a second document", "text": "y" * 40})
with open("db.json") as file:
    os.fsync(file.fileno())
directory = os.open(".", os.O_RDONLY)
os.fsync(directory)
database.remove(where("name") == "a second document")
print("Removed a second document", flush=True)
