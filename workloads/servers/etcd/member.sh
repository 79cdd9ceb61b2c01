# Starts a member of a cluster of three in the current directory: NAME is a, b or c. More arguments are etcd's own.
name=$1
shift
member() { echo "$1=http://127.0.0.1:$(($2 + 1))"; }
exec etcd --name "$name" --data-dir data --logger zap --heartbeat-interval 50 --election-timeout 500 \
  --listen-client-urls "http://127.0.0.1:$PLUGPULL_PORT" --advertise-client-urls "http://127.0.0.1:$PLUGPULL_PORT" \
  --listen-peer-urls "http://127.0.0.1:$((PLUGPULL_PORT + 1))" \
  --initial-advertise-peer-urls "http://127.0.0.1:$((PLUGPULL_PORT + 1))" \
  --initial-cluster "$(member a "$PLUGPULL_PORT_A"),$(member b "$PLUGPULL_PORT_B"),$(member c "$PLUGPULL_PORT_C")" "$@"
