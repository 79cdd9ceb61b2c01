"""Puts keys into etcd, one after the other, and prints each when it was answered. usage: client.py COUNT"""
import os
import sys

from protocol import Etcd

name = f"client{os.environ['PLUGPULL_CLIENT']}"
etcd = Etcd()
for n in range(int(sys.argv[1])):
    etcd.put(f"{name}-{n}", str(n * n))
    os.write(1, f"put {name}-{n}={n * n}\n".encode())
