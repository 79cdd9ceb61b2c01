"""Stores through a shared mapping, each made durable by msync before it is acked; or not, as the argument says."""
import ctypes
import mmap
import os
import sys

how = sys.argv[1] if len(sys.argv) > 1 else "right"
view = mmap.mmap(os.open("f", os.O_RDWR), 4096)
MS_ASYNC = 1
HERE = -1
output = os.fdopen(os.dup(1), "w") if how == "elsewhere" else sys.stdout


def sync():
    if how == "asynchronously":
        address = ctypes.addressof(ctypes.c_char.from_buffer(view))
        ctypes.CDLL(None).msync(ctypes.c_void_p(address), ctypes.c_size_t(4096), MS_ASYNC)
    else:
        view.flush()


for version in (1, 2, 3):
    view[0:1] = b"%d" % version
    if how == "early":
        print("saved", version, file=output, flush=True)
        sync()
    else:
        sync()
        if how == "otherwise":
            os.pwritev(1, [b"saved %d\n" % version], HERE)
        else:
            print("saved", version, file=output, flush=True)
