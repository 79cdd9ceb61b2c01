"""Broken: appended lines are never synced. Right twin: ../seeds/transaction_log.py

Missing   fsync after each append. Open, write, flush, close, "Committed": close makes nothing durable.
Promises  what the twin does: once "Committed N" is printed, lines 1 to N survive a power cut.

Usage: append_without_fsync.py [FILE [TRANSACTIONS]]
"""

import sys


def commit(name: str, number: int) -> None:
    with open(name, "a") as log:
        log.write(f"transaction {number}: transfer {number * 100} from account A to account B\n")
        log.flush()


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "transactions.log"
    transactions = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    for number in range(1, transactions + 1):
        commit(name, number)
        print(f"Committed {number}", flush=True)


main()
