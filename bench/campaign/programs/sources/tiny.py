"""tinydb: each change writes the whole file from its start, syncs it, and cuts off what is left of the longer one."""
from tinydb import TinyDB

db = TinyDB('db.json')
db.remove(doc_ids=[1])
print('ACK done', flush=True)
