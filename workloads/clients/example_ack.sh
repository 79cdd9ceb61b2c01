#!/bin/sh
# Example of the shell's ack client, `plugpull ack TEXT`: create, fsync, fsync the directory, ack.
#
# Promises   once the ack is recorded, notes.txt survives a power cut with its line.
# Relies on  fsync(file) for data and size, fsync(directory) for the name: coreutils' `sync FILE` is fsync(2) of
#            that file or directory, while a bare `sync` would write back everything on the machine.
set -e

echo 'saved by the shell' > notes.txt
sync notes.txt
sync .
plugpull ack 'notes.txt saved'
