"""Operations: a file program given as a list, for comparing models with real file systems.

Pattern   none: whatever the list says, in one process, one system call or two for each operation.
Promises  once "ack N" is printed, everything visible survives; most lists break that.
Relies on nothing. An operation that fails (a name that is not there, a descriptor not open) is skipped and the rest
          goes on, so that any part of a list is a program, too.

Usage: operations.py JSON
       where JSON is a list of [NAME, ARGUMENT...]; see OPERATIONS for names and arguments. "slot" is a number that
       stands for an open file; data is COUNT bytes of one letter.
"""

import json
import mmap
import os
import sys

RENAME_FLAGS = {"NOREPLACE": 1, "EXCHANGE": 2}
FALLOC_FLAGS = {"KEEP_SIZE": 1, "PUNCH_HOLE": 2, "COLLAPSE_RANGE": 8, "ZERO_RANGE": 16, "INSERT_RANGE": 32}
AT_FDCWD = -100

slots: dict[int, int] = {}
acks = 0


def libc(name: str, *arguments: object) -> None:
    """A call that Python's os lacks."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if getattr(library, name)(*converted) != 0:
        raise OSError(ctypes.get_errno(), name)


def flags_of(names: str, known: dict[str, int]) -> int:
    value = 0
    for name in filter(None, names.split("|")):
        value |= known[name]
    return value


def op_open(slot: int, path: str, flags: str) -> None:
    op_close(slot)
    value = os.O_RDWR
    for name in filter(None, flags.split("|")):
        value |= getattr(os, f"O_{name}")
    slots[slot] = os.open(path, value, 0o644)


def op_close(slot: int) -> None:
    if slot in slots:
        os.close(slots.pop(slot))


def op_rwf(slot: int, offset: int, count: int, letter: str, flag: str) -> None:
    os.pwritev(slots[slot], [letter.encode() * count], offset, getattr(os, f"RWF_{flag}"))


def op_fsync_dir(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def op_msync(slot: int, offset: int, count: int, letter: str) -> None:
    size = os.fstat(slots[slot]).st_size
    if offset + count > size:
        return
    with mmap.mmap(slots[slot], size) as mapping:
        mapping[offset : offset + count] = letter.encode() * count
        mapping.flush()


def op_ack() -> None:
    global acks
    acks += 1
    os.write(1, f"ack {acks}\n".encode())


def data(count: int, letter: str) -> bytes:
    return letter.encode() * count


OPERATIONS = {
    "open": op_open,  # slot, path, "CREAT|EXCL|TRUNC|APPEND|SYNC|DSYNC"
    "close": op_close,  # slot
    "write": lambda slot, count, letter: os.write(slots[slot], data(count, letter)),
    "pwrite": lambda slot, offset, count, letter: os.pwrite(slots[slot], data(count, letter), offset),
    "rwf": op_rwf,  # slot, offset, count, letter, "SYNC" or "DSYNC": pwritev2
    "ftruncate": lambda slot, length: os.ftruncate(slots[slot], length),
    "truncate": lambda path, length: os.truncate(path, length),
    "fallocate": lambda slot, mode, offset, count: libc(
        "fallocate", slots[slot], flags_of(mode, FALLOC_FLAGS), offset, count
    ),
    "fsync": lambda slot: os.fsync(slots[slot]),
    "fdatasync": lambda slot: os.fdatasync(slots[slot]),
    "writeback": lambda slot: libc("sync_file_range", slots[slot], 0, 0, 7),
    "msync": op_msync,  # slot, offset, count, letter
    "rename": lambda old, new: os.rename(old, new),
    "renameat2": lambda old, new, flag: libc(
        "renameat2", AT_FDCWD, old.encode(), AT_FDCWD, new.encode(), RENAME_FLAGS[flag]
    ),
    "link": lambda old, new: os.link(old, new),
    "symlink": lambda target, path: os.symlink(target, path),
    "unlink": lambda path: os.unlink(path),
    "mkdir": lambda path: os.mkdir(path, 0o755),
    "rmdir": lambda path: os.rmdir(path),
    "fsync_dir": op_fsync_dir,  # path
    "sync": lambda: os.sync(),
    "syncfs": lambda: libc("syncfs", os.open(".", os.O_RDONLY)),
    "ack": op_ack,
}


def main() -> None:
    for name, *arguments in json.loads(sys.argv[1]):
        try:
            OPERATIONS[name](*arguments)
        except (OSError, KeyError) as error:
            # KeyError: the slot is not open. What is no operation at all must not go unnoticed.
            if name not in OPERATIONS:
                raise
            print(f"skipped {name} {arguments}: {error}", file=sys.stderr)


main()
