"""Processes known by a mark in the environment they were started with, wherever they have gone since."""
import os
import signal
import time

from container import LOADER

MARK = 'PLUGPULL_WORKLOAD'


def processes(value):
    wanted = f'{MARK}={value}'.encode()
    found = []
    for name in os.listdir('/proc'):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f'/proc/{name}/environ', 'rb') as file:
                if wanted in file.read().split(b'\0'):
                    found.append(int(name))
        except OSError:
            pass  # Gone meanwhile.
    return found


def kill(value, spare=lambda pid: False):
    """Kills them all but those to spare, until none is left."""
    for _ in range(100):
        if not strike(value, spare):
            return
        time.sleep(0.005)


def strike(value, spare=lambda pid: False):
    """Sends SIGKILL once to each; returns whether there was any. Who waits in the kernel dies when its call ends."""
    struck = [pid for pid in processes(value) if not spare(pid)]
    for pid in struck:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return len(struck) > 0


def is_tracer(pid):
    try:
        with open(f'/proc/{pid}/cmdline', 'rb') as file:
            words = file.read().split(b'\0')
    except OSError:
        return False
    # In a container image it is the loader's argument.
    program = words[3] if words[0] == LOADER.encode() and len(words) > 3 else words[0]
    return os.path.basename(program) == b'strace'
