"""Writes f through one descriptor and syncs through another one, which is open beside it and can only read.

With OTHER=g that other one is of another file.
"""
import os

first = os.open('f', os.O_WRONLY | os.O_TRUNC)
second = os.open(os.environ.get('OTHER', 'f'), os.O_RDONLY)
for version in (b'1', b'2'):
    os.pwrite(first, version * 3000, 0)
    os.fsync(second)
    print(f'saved {version.decode()}', flush=True)
