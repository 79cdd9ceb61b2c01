"""A log that grows by one line, one fsync and one ack at a time."""
import os
import sys

log = os.open("log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
os.fsync(log)
os.fsync(os.open(".", 0))
for number in range(int(sys.argv[1])):
    os.write(log, b"%06d\n" % number)
    os.fsync(log)
    os.write(1, b"ack %d\n" % number)
