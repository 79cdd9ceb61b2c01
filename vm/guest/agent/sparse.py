"""What a file holds: the bytes of its ranges, and holes between them that are neither read nor sent (lseek(2), SEEK_DATA)."""
import errno
import hashlib
import os

from wire import encode

PAGE_BYTES = 4096


def data_ranges(fd, length):
    """Ranges of a file's first bytes that hold data, in order: (from, to)."""
    at = 0
    while at < length:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as error:
            # No data behind this place; or a file system that cannot tell.
            if error.errno == errno.ENXIO:
                return
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
            yield at, length
            return
        if start >= length:
            return
        end = min(length, os.lseek(fd, start, os.SEEK_HOLE))
        if end <= start:
            return
        yield start, end
        at = end


def read_sparse(fd, length):
    """[offset, bytes] of each range of data among a file's first bytes."""
    return [[start, _read(fd, start, end)] for start, end in data_ranges(fd, length)]


def _read(fd, start, end):
    parts = []
    while start < end:
        part = os.pread(fd, end - start, start)
        # What was cut off meanwhile reads as zeros, like the host's own reader.
        if part == b'':
            parts.append(bytes(end - start))
            break
        parts.append(part)
        start += len(part)
    return b''.join(parts)


def sent(length, ranges):
    """A content as the host takes it (vm/machine/sent-content.ts)."""
    return {'length': length, 'ranges': [[offset, encode(data)] for offset, data in ranges]}


def digest(length, ranges):
    """The same for the same bytes, wherever the holes are."""
    summed = hashlib.sha1(b'%d\n' % length)
    page, held = -1, bytearray()
    for offset, data in ranges:
        view = memoryview(data)
        while view:
            number, within = divmod(offset, PAGE_BYTES)
            if number != page:
                _add(summed, page, held)
                page, held = number, bytearray(PAGE_BYTES)
            part = view[:PAGE_BYTES - within]
            held[within:within + len(part)] = part
            offset += len(part)
            view = view[len(part):]
    _add(summed, page, held)
    return summed.hexdigest()


def _add(summed, page, held):
    if any(held):
        summed.update(b'%d:' % page)
        summed.update(held)
