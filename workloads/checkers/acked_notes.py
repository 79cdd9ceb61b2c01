"""Checker: every acknowledged file holds exactly the two lines its ack stood for.

For workloads that print "Synced NAME" and mean directory_sync.py's two lines. Run in the recovered directory,
with the acks so far in the JSON file that PLUGPULL_STATE names.

Exit: 0 the promises hold, 1 one is broken (the reason is the first line of output), 2 cannot tell.
"""

import json
import os
import sys

EXPECTED = b"first line\nsecond line\n"


def main() -> int:
    try:
        with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as file:
            acks = json.load(file)["acks"]
    except (OSError, KeyError, ValueError) as error:
        print(f"cannot read the state that PLUGPULL_STATE should name: {error!r}")
        return 2
    for ack in acks:
        name = ack.removeprefix("Synced ")
        try:
            with open(name, "rb") as file:
                content = file.read()
        except OSError as error:
            print(f"{name} was acknowledged and cannot be read: {error.strerror}")
            return 1
        if content != EXPECTED:
            print(f"{name} was acknowledged with {len(EXPECTED)} bytes and holds {content[:64]!r} ({len(content)} bytes)")
            return 1
    return 0


sys.exit(main())
