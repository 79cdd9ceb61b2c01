"""What dm-log-writes logged, played onto a disk image: log.py LOG ... (format: Documentation/admin-guide/device-mapper/log-writes.rst)

    log.py LOG list                       the entries, one a line: number, flags, sector, bytes, mark
    log.py LOG replay FILE N [ONLY...]    all entries before number N, then only those named
    log.py LOG marked TEXT                the number of the entry behind the mark TEXT
"""
import struct
import subprocess
import sys

FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
SECTOR = 512


def entries(log):
    """(number, sector, flags, data) of each entry, in the order in which they became known to be complete."""
    magic, version, count, size = struct.unpack("<QQQL", log.read(28))
    assert magic == 0x6A736677736872 and version == 1, "no log of dm-log-writes"
    at = size
    for number in range(count):
        log.seek(at)
        sector, sectors, flags, length = struct.unpack("<QQQQ", log.read(32))
        mark = log.read(length) if flags & MARK else b""
        at += size
        data = b""
        if not flags & (DISCARD | MARK):
            log.seek(at)
            data = log.read(sectors * size)
            at += len(data)
        elif flags & MARK:
            data = mark
        yield number, sector, sectors, flags, data


def play(disk, sector, sectors, flags, data):
    if flags & MARK:
        return
    if flags & DISCARD:
        disk.flush()
        subprocess.run(["fallocate", "--punch-hole", "-o", str(sector * SECTOR), "-l", str(sectors * SECTOR), disk.name], check=True)
    elif data:
        disk.seek(sector * SECTOR)
        disk.write(data)


def main():
    with open(sys.argv[1], "rb") as log:
        what, rest = sys.argv[2], sys.argv[3:]
        if what == "list":
            for number, sector, sectors, flags, data in entries(log):
                words = [name for bit, name in ((FLUSH, "FLUSH"), (FUA, "FUA"), (DISCARD, "DISCARD"), (MARK, "MARK")) if flags & bit]
                print(number, "|".join(words) or "-", sector, sectors * SECTOR, data.decode() if flags & MARK else "")
        elif what == "marked":
            print(next(n for n, _, _, flags, data in entries(log) if flags & MARK and data.decode() == rest[0]) + 1)
        else:
            until, only = int(rest[1]), {int(n) for n in rest[2:]}
            with open(rest[0], "r+b") as disk:
                for number, *entry in entries(log):
                    if number < until or number in only:
                        play(disk, *entry)


main()
