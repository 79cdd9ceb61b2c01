# Starts MariaDB in the current directory; arguments are its own.
exec mariadbd --no-defaults --datadir="$PWD/data" --socket="$PLUGPULL_SOCKET" --pid-file="${PLUGPULL_SOCKET%/*}/pid" \
  --skip-networking --innodb-log-file-size=4M --innodb-data-file-path=ibdata1:4M:autoextend \
  --innodb-buffer-pool-size=8M --innodb-buffer-pool-load-at-startup=0 --innodb-buffer-pool-dump-at-shutdown=0 "$@"
