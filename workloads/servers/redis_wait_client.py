"""Makes the node `replica` one of the node `primary`, sets keys there, and prints each when WAIT says that the replica has it.

The replica is told by a command, so that after a power cut it is a server of its own, as one that is promoted. After its
first synchronisation it writes its append-only file anew: nothing is set until that is there.
"""
import os
import sys
import time

from redis_protocol import Redis

primary = Redis(os.environ["PLUGPULL_PORT_PRIMARY"])
replica = Redis(os.environ["PLUGPULL_PORT_REPLICA"])
client = os.environ["PLUGPULL_CLIENT"]
if client == "0":
    replica.ask("REPLICAOF", "127.0.0.1", os.environ["PLUGPULL_PORT_PRIMARY"])
while True:
    told = replica.ask("INFO")
    wanted = ["master_link_status:up", "aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0"]
    if all(word in told for word in wanted):
        break
    time.sleep(0.02)
for n in range(2):
    key = f"client{client}-{n}"
    if primary.ask("SET", key, str(n * n)) != "OK":
        sys.exit("the server did not answer OK")
    if primary.ask("WAIT", "1", "10000") < 1:
        sys.exit("the replica did not answer")
    os.write(1, f"set {key}={n * n}\n".encode())
