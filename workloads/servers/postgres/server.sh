# Starts PostgreSQL in the current directory; arguments are its own. A pid file that a power cut left is removed first, as
# Debian's pg_ctlcluster(1) does. Before it recovers it syncs its whole file system (syncfs(2)) instead of opening each of its
# thousand files to sync it, which is most of what a start on a crash state costs.
PATH=/usr/lib/postgresql/15/bin:$PATH
rm -f data/postmaster.pid
exec postgres -D data -k "${PLUGPULL_SOCKET%/*}" -h '' -p "$PLUGPULL_PORT" -c min_wal_size=2MB -c max_wal_size=4MB -c recovery_init_sync_method=syncfs "$@"
