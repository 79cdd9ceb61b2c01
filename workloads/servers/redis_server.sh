# Starts Redis in the current directory, its append-only file repaired as its manual says: cut off behind the last whole
# command. With --no-repair as it is. Other arguments are Redis' own.
manifest=appendonlydir/appendonly.aof.manifest
if [ "$1" = --no-repair ]; then
  shift
elif [ -e "$manifest" ]; then
  yes | redis-check-aof --fix "$manifest" >/dev/null
fi
exec redis-server --port "$PLUGPULL_PORT" --bind 127.0.0.1 --save '' --appendonly yes "$@"
