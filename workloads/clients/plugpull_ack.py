"""The ack client for Python: tells the recorder "this is safe" and waits until it is written down.

    from plugpull_ack import ack, begin
    begin("order 17 saved")  # where a checker is to know what was under way: it finds it in `maybe` until the ack
    ack("order 17 saved")

PLUGPULL_ACK names a unix stream socket. The client sends one line of UTF-8; the server answers `ok` once the ack
is in the recording, or `cut` when the power was cut before: then the ack does not count, and PowerCut is raised.
Without PLUGPULL_ACK in the environment ack() does nothing, so a program may keep its acks in production.

One file, standard library only: copy it beside your program. The shell's client is `plugpull ack TEXT`.
"""

import os
import socket


class PowerCut(Exception):
    """The simulated power was cut before this ack: it does not count, and nothing after it will."""


def ack(text: str) -> None:
    _say(text, "")


def begin(text: str) -> None:
    """From now on, until ack(text), it may be there after a power cut or not."""
    _say(text, "\0begin ")


def _say(text: str, mark: str) -> None:
    if "\n" in text or "\r" in text:
        raise ValueError(f"an ack is one line of text, got a line break in {text!r}")
    path = os.environ.get("PLUGPULL_ACK")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        connection.sendall(f"{mark}{text}\n".encode())
        answer = b""
        while not answer.endswith(b"\n"):
            piece = connection.recv(64)
            if not piece:
                break
            answer += piece
    if answer == b"cut\n":
        raise PowerCut(f"the power was cut before the ack {text!r}")
    if answer != b"ok\n":
        raise ConnectionError(f"expected ok or cut from the ack socket {path}, got {answer!r}")
