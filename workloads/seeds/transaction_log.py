"""Transaction log: append a line, make it durable, say so.

Pattern   for each transaction: open for append, write one line, flush, fsync, close.
Promises  once "Committed N" is printed, lines 1 to N survive a power cut.
Relies on fsync(file) making appended data and the new size durable, which it promises.
Forgets   fsync of the directory when the first transaction creates the log: until something makes the name
          durable, every committed line hangs on it. Over a log that was there before, nothing is missing.

Usage: transaction_log.py [FILE [TRANSACTIONS]]
"""

import os
import sys


def commit(name: str, number: int) -> None:
    with open(name, "a") as log:
        log.write(f"transaction {number}: transfer {number * 100} from account A to account B\n")
        log.flush()
        os.fsync(log.fileno())


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "transactions.log"
    transactions = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    for number in range(1, transactions + 1):
        commit(name, number)
        print(f"Committed {number}", flush=True)


main()
