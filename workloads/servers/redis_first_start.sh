# Starts Redis once in the current directory, with an append-only file, and stops it as soon as that is there.
set -e
redis-server --port 0 --unixsocket "$PWD/first" --save '' --appendonly yes --daemonize yes --pidfile "$PWD/pid" >/dev/null
until redis-cli -s "$PWD/first" ping 2>/dev/null | grep -q PONG; do sleep 0.05; done
redis-cli -s "$PWD/first" shutdown
