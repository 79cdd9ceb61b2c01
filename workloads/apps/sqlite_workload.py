"""SQLite: one row a transaction, acknowledged after COMMIT returns.

Pattern   open the database, choose journal mode and synchronous level, create the table, insert row N in a
          transaction of its own, print "Committed N".
Promises  once "Committed N" is printed, rows 1 to N survive a power cut. How far SQLite backs this up depends on
          the two settings:

          DELETE EXTRA  holds: the directory is synced after the rollback journal is unlinked.
          DELETE FULL   the unlink *is* the commit, and its directory is not synced after it: a power cut may
                        bring the journal back, hot, and recovery then rolls back an acknowledged transaction.
          WAL    FULL   holds: the log is synced at every commit.
          WAL    NORMAL the log is synced at checkpoints only: acknowledged transactions may be lost, from the
                        last one backwards. The database stays consistent.

Usage: sqlite_workload.py [JOURNAL_MODE [SYNCHRONOUS [TRANSACTIONS]]]      (defaults: DELETE FULL 3)
"""

import sqlite3
import sys

DATABASE = "app.db"


def payload(number: int) -> str:
    """sqlite_check.py expects row N to hold exactly this."""
    return f"row {number}: " + "abcdefghij"[number % 10] * 200


def pragma(connection: sqlite3.Connection, name: str, value: str) -> str:
    connection.execute(f"PRAGMA {name}={value}")
    return str(connection.execute(f"PRAGMA {name}").fetchone()[0])


def main() -> None:
    journal_mode = sys.argv[1].upper() if len(sys.argv) > 1 else "DELETE"
    synchronous = sys.argv[2].upper() if len(sys.argv) > 2 else "FULL"
    transactions = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    levels = {"OFF": "0", "NORMAL": "1", "FULL": "2", "EXTRA": "3"}

    # isolation_level=None: BEGIN and COMMIT are ours, so the ack stands exactly behind a COMMIT.
    connection = sqlite3.connect(DATABASE, isolation_level=None)
    if pragma(connection, "journal_mode", journal_mode).upper() != journal_mode:
        sys.exit(f"SQLite does not take journal mode {journal_mode} here")
    if pragma(connection, "synchronous", synchronous) != levels.get(synchronous):
        sys.exit(f"SQLite does not take synchronous={synchronous}")
    connection.execute("CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, payload TEXT NOT NULL)")
    for number in range(1, transactions + 1):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entries (id, payload) VALUES (?, ?)", (number, payload(number)))
        connection.execute("COMMIT")
        print(f"Committed {number}", flush=True)
    connection.close()


main()
