"""Sets keys on a Redis server, one after the other, and prints each when it was answered."""
import os
import sys

from redis_protocol import Redis

count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
name = f"client{os.environ['PLUGPULL_CLIENT']}"
redis = Redis()
for n in range(count):
    if redis.ask("SET", f"{name}-{n}", str(n * n)) != "OK":
        sys.exit("the server did not answer OK")
    os.write(1, f"set {name}-{n}={n * n}\n".encode())
