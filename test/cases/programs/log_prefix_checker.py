"""Reads the log as its program would, up to the first record that is not whole: all that was synced must be there."""
import json
import os
import sys
import zlib

whole = 0
with open('log', 'rb') as log:
    for number, line in enumerate(log.read().split(b'\n'), 1):
        if line[:9] != b'%08x ' % zlib.crc32(line[9:]) or line[9:13] != b'%03d ' % number:
            break
        whole = number
with open(os.environ['PLUGPULL_STATE'], encoding='utf-8') as state:
    acks = json.load(state)['acks']
synced = max((int(ack.split()[1]) for ack in acks if ack.startswith('synced')), default=0)
if whole < synced:
    print(f'record {synced} was synced, the log is whole up to {whole}')
    sys.exit(1)
