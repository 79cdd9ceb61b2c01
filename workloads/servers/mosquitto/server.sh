# Starts mosquitto in the current directory. It saves what it holds in memory after each second change, if at all.
conf=${PLUGPULL_SOCKET%/*}/conf
cat >"$conf" <<CONF
listener $PLUGPULL_PORT 127.0.0.1
allow_anonymous true
persistence true
persistence_location $PWD/
autosave_on_changes true
autosave_interval 1
CONF
exec mosquitto -c "$conf"
