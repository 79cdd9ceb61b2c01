"""Where each file's blocks lie on the disk (FS_IOC_FIEMAP), as far as they have been allocated.

Asking does not make the file system write anything (no FIEMAP_FLAG_SYNC): looking must not repair a missing fsync.
"""
import fcntl
import os
import struct

FIEMAP = 0xC020660B
HEADER = struct.Struct('<QQIIII')  # start, length, flags, mapped, count, reserved
EXTENT = struct.Struct('<QQQ16xI12x')  # logical, physical, length, flags
PER_CALL = 128
LAST = 1
# Unknown, not yet allocated, encoded, inline: no place on the disk that holds the file's bytes as they are.
PLACELESS = 2 | 4 | 8 | 0x200
EVERYTHING = (1 << 64) - 1


def of_tree(root, tree):
    files = {}
    for entry in tree.values():
        if entry['type'] not in ('file', 'directory'):
            continue
        try:
            extents = of_file(os.path.join(root, entry['path']))
        except OSError:
            continue  # Not every file system answers for folders; extents only serve the explanation.
        if extents:
            files[entry['path']] = extents
    return files


def of_file(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        extents, start = [], 0
        while True:
            buffer = bytearray(HEADER.size + PER_CALL * EXTENT.size)
            HEADER.pack_into(buffer, 0, start, EVERYTHING - start, 0, 0, PER_CALL, 0)
            fcntl.ioctl(fd, FIEMAP, buffer)
            count = HEADER.unpack_from(buffer)[3]
            for i in range(count):
                logical, physical, length, flags = EXTENT.unpack_from(buffer, HEADER.size + i * EXTENT.size)
                start = logical + length
                if not flags & PLACELESS:
                    extents.append([logical, physical, length])
                if flags & LAST:
                    return extents
            if count < PER_CALL:
                return extents
    finally:
        os.close(fd)
