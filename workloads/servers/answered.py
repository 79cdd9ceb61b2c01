"""What checkers of servers have in common: what clients were answered before the cut, and whether it is there."""
import json
import os
import sys


def lost(reason):
    """Ends the check: a promise is broken."""
    print(reason)
    sys.exit(1)


def answers(before):
    """The acks given before the cut, in order, without what stands before each."""
    with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as file:
        return [ack.removeprefix(before) for ack in json.load(file)["acks"]]


def hold_to(names, found, gone, did):
    """Each of these names, CLIENT-NUMBER in the order of its client, has to be found.

    With --prefix the latest ones of each client may be missing, and none in between. `gone` says of a name that it
    is lost; `did` is what the client did to it.
    """
    missing = {}
    for name in names:
        client = name.rpartition("-")[0]
        if name not in found:
            if "--prefix" not in sys.argv:
                lost(gone(name))
            missing[client] = name
        elif client in missing:
            lost(f"{name} is there, and {missing[client]}, which the same client had {did} before, is not")
