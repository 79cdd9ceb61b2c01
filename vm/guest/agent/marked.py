"""Processes known by a mark in the environment they were started with, wherever they have gone since."""
import os
import signal
import time

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
        with open(f'/proc/{pid}/comm') as file:
            return file.read().strip() == 'strace'
    except OSError:
        return False
