"""Right: stores through a shared mapping, each made durable by msync before it is acked."""
import mmap
import os

view = mmap.mmap(os.open("f", os.O_RDWR), 4096)
for version in (1, 2, 3):
    view[0:1] = b"%d" % version
    view.flush()
    print("saved", version, flush=True)
