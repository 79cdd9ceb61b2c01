"""LMDB: one transaction that changes twenty values: lmdb_put.py sync|nometasync|nosync LETTER."""
import sys

import lmdb

options = {'sync': {}, 'nometasync': {'metasync': False}, 'nosync': {'sync': False}}[sys.argv[1]]
environment = lmdb.open('.', map_size=1 << 20, **options)
with environment.begin(write=True) as transaction:
    for number in range(20):
        transaction.put(b'k%d' % number, sys.argv[2].encode() * 200)
print('ACK done', flush=True)
