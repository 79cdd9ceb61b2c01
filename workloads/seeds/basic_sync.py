"""Basic sync: the recipe most programs use.

Pattern   create or truncate a text file, write two lines, flush Python's buffer, fsync the file.
Promises  once "Synced NAME" is printed, both lines survive a power cut.
Relies on fsync(file) making the file's data and size durable, which it promises.
Forgets   fsync of the directory. A new file's *name* is an entry of its directory, and fsync(file) does not
          promise to keep it: the data may be safe with no way to reach it. directory_sync.py does it right.

Usage: basic_sync.py [FILE]
"""

import os
import sys


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "notes.txt"
    with open(name, "w") as file:
        file.write("first line\n")
        file.write("second line\n")
        file.flush()
        os.fsync(file.fileno())
        print(f"Synced {name}", flush=True)


main()
