"""Error handling: a failed fsync is an answer, not an accident.

Pattern   save each file with fsync of the file and of its directory. EINVAL says that the file cannot be synced
          (a pipe, a device): a warning. Any other error says that the data may be gone: it is reported.
Promises  once "Saved NAME" is printed, the file survives a power cut. A file whose sync failed in any way is
          never acknowledged.
Relies on fsync reporting a failed write or flush. It does so once: the kernel may mark the pages clean and drop
          them, so a second fsync that succeeds proves nothing, and this program does not try one.

Usage: error_handling.py [FILE...]
Exit:  0 all saved (warnings aside), 1 something failed.
"""

import errno
import os
import sys


def save(path: str, content: str) -> None:
    with open(path, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def main() -> int:
    failed = False
    for path in sys.argv[1:] or ["report.txt"]:
        try:
            save(path, "quarter 1: 1200\nquarter 2: 1350\n")
        except OSError as error:
            if error.errno == errno.EINVAL:
                print(f"Warning: {path} does not support fsync", file=sys.stderr)
            else:
                print(f"Error: {path} was not saved: {error.strerror}", file=sys.stderr)
                failed = True
        else:
            print(f"Saved {path}", flush=True)
    return 1 if failed else 0


sys.exit(main())
