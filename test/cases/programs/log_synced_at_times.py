"""Appends records with their checksums and answers each at once; only after every second one is the log synced.

Losing the newest records is what such a mode allows: `answered N` promises nothing, `synced N` all up to N.
With BUG=late_sync it says `synced N` before the sync.
"""
import os
import zlib

log = os.open('log', os.O_WRONLY | os.O_APPEND)
for number in range(1, 4):
    body = b'%03d ' % number + b'%d' % number * 1500
    os.write(log, b'%08x ' % zlib.crc32(body) + body + b'\n')
    print(f'answered {number}', flush=True)
    if number % 2 == 0:
        late = os.environ.get('BUG') == 'late_sync'
        if late:
            print(f'synced {number}', flush=True)
        os.fsync(log)
        if not late:
            print(f'synced {number}', flush=True)
