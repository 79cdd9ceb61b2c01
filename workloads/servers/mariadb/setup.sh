# A data directory of MariaDB in the current one, with a table `kept`. Its log is the smallest there is.
set -e
mariadb-install-db --no-defaults --datadir="$PWD/data" --auth-root-authentication-method=normal --skip-test-db \
  --skip-name-resolve --innodb-log-file-size=4M --innodb-data-file-path=ibdata1:4M:autoextend >install.log 2>&1 ||
  { cat install.log >&2; exit 1; }
printf '%s;\n' 'create database plugpull' \
  'create table plugpull.kept (name varchar(40) primary key, value int) engine=innodb' |
  mariadbd --no-defaults --bootstrap --datadir="$PWD/data" --innodb-log-file-size=4M \
    --innodb-data-file-path=ibdata1:4M:autoextend 2>bootstrap.log || { cat bootstrap.log >&2; exit 1; }
rm install.log bootstrap.log
