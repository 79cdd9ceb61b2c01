# A database cluster in the current directory, with a table `kept`. Its segments of the log are the smallest there are.
set -e
PATH=/usr/lib/postgresql/15/bin:$PATH
initdb -D data --auth=trust --no-locale --encoding=UTF8 --wal-segsize=1 >/dev/null
echo "create table kept (name text primary key, value int)" | postgres --single -D data postgres >/dev/null
