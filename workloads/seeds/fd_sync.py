"""Descriptor sync: no file object, no user buffer.

Pattern   os.open with O_RDWR | O_CREAT and no O_TRUNC, os.write, os.fsync, os.close. What the file held before
          is overwritten in place, and what was longer than the new text stays behind it.
Promises  once "Synced NAME" is printed, the text survives a power cut.
Relies on fsync(file) making data and size durable, which it promises.
Forgets   fsync of the directory when the call creates the file. Over a file that was there before, nothing is
          missing; but then a power cut before the ack may leave any mix of old and new.

Usage: fd_sync.py [FILE]
"""

import os
import sys


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "record.dat"
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        text = b"balance 4200\nchecked yes\n"
        written = os.write(descriptor, text)
        if written != len(text):
            sys.exit(f"wrote only {written} of {len(text)} bytes to {name}")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    print(f"Synced {name}", flush=True)


main()
