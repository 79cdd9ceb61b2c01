# Inserts rows into MariaDB, each a transaction of its own, and prints each when its commit was answered: mariadb(1) sends a
# statement when the one before it was answered, and -n makes it print each answer at once.
# usage: client.sh COUNT
n=0
while [ "$n" -lt "$1" ]; do
  row=client$PLUGPULL_CLIENT-$n
  echo "insert into kept values ('$row', $((n * n))); select 'row $row=$((n * n))';"
  n=$((n + 1))
done | exec mariadb --no-defaults -u root -S "$PLUGPULL_SOCKET" -n -N -B plugpull
