"""One file, made durable; then acks without end over the same disk."""
import os
import sys

with open("a", "w") as file:
    file.write("hi")
    file.flush()
    os.fsync(file.fileno())
os.fsync(os.open(".", 0))
for number in range(int(sys.argv[1])):
    print("ack", number, flush=True)
