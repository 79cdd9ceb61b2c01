"""File object sync: the same through Python's buffered file object.

Pattern   open with "w+", write, flush Python's buffer, fsync(fileno()), read back what was written.
Promises  once "Synced NAME" is printed, the text survives a power cut.
Relies on fsync(file) making data and size durable, which it promises. Reading the text back proves nothing: it
          comes from the page cache.
Forgets   fsync of the directory: the new file's name is not promised to survive.

Usage: file_object_sync.py [FILE]
"""

import os
import sys


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "journal.txt"
    text = "Monday: rain\nTuesday: sun\n"
    with open(name, "w+") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        if file.read() != text:
            sys.exit(f"{name} does not read back as written")
        print(f"Synced {name}", flush=True)


main()
