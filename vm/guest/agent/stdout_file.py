"""The workload's standard output as a file that makes its writer wait (FUSE, include/uapi/linux/fuse.h, 7.31).

A pipe would take the line and let the workload run on; by the time the line is read, the file system may hold newer
things that nobody promised. Here write(2) returns only when `on_write` has.

request: u32 length, u32 opcode, u64 unique, u64 node, u32 uid, gid, pid, padding; reply: u32 length, i32 -errno,
u64 unique. The kernel hands over one whole request a read(2) and takes one whole reply a write(2).
"""
import os
import struct
import threading

import kernel
import modules
from storage import unmount

REQUEST = struct.Struct('<IIQQIIII')
REPLY = struct.Struct('<IiQ')
ATTRIBUTES = struct.Struct('<QQQQQQIIIIIIIIII')
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, WRITE, RELEASE = 1, 2, 3, 4, 14, 16, 18
FSYNC, INIT, INTERRUPT, DESTROY, BATCH_FORGET = 20, 26, 36, 38, 42
ENOENT, ENOSYS = 2, 38
ROOT, FILE = 1, 2
# FOPEN_DIRECT_IO, FOPEN_NONSEEKABLE, FOPEN_STREAM: like a pipe, writes carry no meaningful offset.
OPEN_STREAM = 1 | 4 | 16
WRITE_HEADER_BYTES = 40
MAX_WRITE_BYTES = 128 * 1024
# INIT flags: big writes (1 << 5), max_pages is meant (1 << 22).
INIT_FLAGS = 1 << 5 | 1 << 22
A_DAY_SECONDS = 86400


def _attributes(node):
    directory = node == ROOT
    mode = 0o40755 if directory else 0o100666
    return ATTRIBUTES.pack(node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 2 if directory else 1, 0, 0, 0, 4096, 0)


class StdoutFile:
    def __init__(self, folder, on_write):
        modules.load(['fuse'])
        os.makedirs(folder, exist_ok=True)
        self.path = f'{folder}/stdout'
        self._folder = folder
        self._on_write = on_write
        self._fd = os.open('/dev/fuse', os.O_RDWR)
        options = f'fd={self._fd},rootmode=40000,user_id=0,group_id=0,allow_other'
        kernel.mount('plugpull', folder, 'fuse', 0, options)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self):
        # A writer that was killed closes it a moment after it is seen no more.
        unmount(self._folder)
        self._thread.join(5)
        os.close(self._fd)

    def _serve(self):
        while True:
            try:
                request = os.read(self._fd, MAX_WRITE_BYTES + 8192)
            except InterruptedError:
                continue
            except OSError:
                return  # ENODEV: unmounted.
            _, opcode, unique, node = REQUEST.unpack_from(request)[:4]
            body = request[REQUEST.size:]
            if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            result = self._handle(opcode, node, body)
            error, data = (-result, b'') if isinstance(result, int) else (0, result)
            try:
                os.write(self._fd, REPLY.pack(REPLY.size + len(data), error, unique) + data)
            except OSError:
                pass  # The asker was killed meanwhile.
            if opcode == DESTROY:
                return

    def _handle(self, opcode, node, body):
        if opcode == INIT:
            return struct.pack('<IIIIHHIIHH32x', 7, 31, 0, INIT_FLAGS, 16, 12, MAX_WRITE_BYTES, 1,
                               MAX_WRITE_BYTES // 4096, 0)
        if opcode == LOOKUP:
            if body.rstrip(b'\0') != b'stdout':
                return ENOENT
            return struct.pack('<QQQQII', FILE, 0, A_DAY_SECONDS, A_DAY_SECONDS, 0, 0) + _attributes(FILE)
        if opcode in (GETATTR, SETATTR):
            return struct.pack('<QII', A_DAY_SECONDS, 0, 0) + _attributes(node)
        if opcode == OPEN:
            return struct.pack('<QII', 0, OPEN_STREAM, 0)
        if opcode == WRITE:
            data = body[WRITE_HEADER_BYTES:]
            self._on_write(data)
            return struct.pack('<II', len(data), 0)
        if opcode in (RELEASE, FSYNC, DESTROY):
            return b''
        # FLUSH among them: the kernel then stops asking, and no close(2) ever waits for this thread.
        return ENOSYS
