"""Example of the Python ack client: create, fsync, fsync the directory, ack.

Promises  once the ack is recorded, notes.txt survives a power cut with its line.
Relies on fsync(file) for data and size, fsync(directory) for the name.
"""

import os
import sys

sys.dont_write_bytecode = True  # The client lies beside this file; leave no __pycache__ there.

from plugpull_ack import ack  # noqa: E402


def main() -> None:
    with open("notes.txt", "w") as file:
        file.write("saved by Python\n")
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    ack("notes.txt saved")


main()
