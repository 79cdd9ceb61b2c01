# Starts etcd in the current directory, one member that need not wait long for its own vote; arguments are its own.
exec etcd --data-dir data --logger zap --heartbeat-interval 10 --election-timeout 100 \
  --listen-client-urls "http://127.0.0.1:$PLUGPULL_PORT" --advertise-client-urls "http://127.0.0.1:$PLUGPULL_PORT" \
  --listen-peer-urls "unix://${PLUGPULL_SOCKET##*/}:0" "$@"
