"""gdbm: one value, in a mode of dbm.gnu.open (with s for synchronous): gdbm_put.py MODE KEY LETTER LENGTH [sync]."""
import dbm.gnu
import sys

mode, key, letter, length = sys.argv[1:5]
database = dbm.gnu.open('db', mode)
database[key] = letter.encode() * int(length)
if 'sync' in sys.argv[5:]:
    database.sync()
print('ACK done', flush=True)
database.close()
