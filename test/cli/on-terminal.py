"""Runs a command on a terminal of its own: on-terminal.py COMMAND... types the lines of standard input, one at each
prompt ("$ " or "# "), and passes on what is on the screen, and the exit code. ^C in a line is Ctrl-C, typed when the
line before it has begun to run: it has printed "running", or what follows ^C."""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

limit_s = 60


def main() -> int:
    lines = sys.stdin.read().split("\n")
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 97, 0, 0))
    seen = b""
    for line in lines:
        interrupts = line.startswith("^C")
        word = line[2:].strip() or "running"
        awaited = (word.encode() + b"\r\n",) if interrupts else (b"# ", b"$ ")
        seen += shown_until(child, terminal, awaited)
        os.write(terminal, b"\x03" if interrupts else line.encode() + b"\r")
    seen += shown_until(child, terminal, ())
    sys.stdout.buffer.write(seen)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def shown_until(child: int, terminal: int, awaited: tuple[bytes, ...]) -> bytes:
    """Until one of these is shown last, or its program ends."""
    seen = b""
    deadline = time.monotonic() + limit_s
    while not (awaited and seen.endswith(awaited)):
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGTERM)
            raise TimeoutError(f"expected {awaited}, seen: {seen!r}")
        try:
            part = os.read(terminal, 4096)
        except OSError:
            part = b""
        if part == b"":
            break
        seen += part
    return seen


sys.exit(main())
