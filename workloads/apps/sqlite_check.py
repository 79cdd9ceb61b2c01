"""Checker for sqlite_workload.py: is the recovered database whole, and is every acknowledged row in it?

It opens the database for real, for writing, so SQLite's own recovery runs: a hot journal is rolled back, a
write-ahead log replayed. Then:

  1. PRAGMA integrity_check says "ok";
  2. the rows are 1, 2, ... n without a gap, each with the content its number asks for;
  3. with --durable, n is at least the highest acknowledged row. Without, losing the newest rows is allowed (what
     WAL with synchronous=NORMAL promises).

No database, or one without the table, counts as no rows.

Two ways to run it, one answer:

  sqlite_check.py [--durable]               once, in the recovered directory; PLUGPULL_STATE names a JSON file
  sqlite_check.py [--durable] --persistent  started once; a line of that JSON on standard input for each crash
                                            state, a line {"outcome", "reason"} on standard output back

State:   {"directory": "...", "acks": ["Committed 1", ...], "crash_point": {...}}
Exit:    0 the promises hold, 1 one is broken (the reason is the first line of output), 2 cannot tell.

The persistent form holds nothing on the recovered file system between states (no open file, no current folder),
because it is unmounted there.
"""

import argparse
import contextlib
import json
import os
import re
import sqlite3
import sys

DATABASE = "app.db"
EXIT_CODE = {"pass": 0, "violation": 1, "unknown": 2}


def payload(number: int) -> str:
    """What sqlite_workload.py writes into row N."""
    return f"row {number}: " + "abcdefghij"[number % 10] * 200


def highest_acked(acks: list[str]) -> int:
    """The N of the last "Committed N" (or of a bare N)."""
    return max((int(match[1]) for ack in acks if (match := re.search(r"(\d+)\s*$", ack))), default=0)


def rows_of(path: str) -> tuple[str, list[tuple[int, str]]]:
    """Recovers the database; returns what integrity_check says and the rows in order."""
    with contextlib.closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'entries'").fetchone()[0]
        integrity = "; ".join(row[0] for row in connection.execute("PRAGMA integrity_check(3)"))
        rows = connection.execute("SELECT id, payload FROM entries ORDER BY id").fetchall() if tables else []
        return integrity, rows


def judge(directory: str, acks: list[str], durable: bool) -> tuple[str, str]:
    path = os.path.join(directory, DATABASE)
    acked = highest_acked(acks)
    rows: list[tuple[int, str]] = []
    try:
        os.stat(path)
    except FileNotFoundError:
        if durable and acked > 0:
            return "violation", f"{DATABASE} is gone; rows up to {acked} were acknowledged"
        return "pass", ""
    except OSError as error:
        return "violation", f"{DATABASE} cannot be reached: {error.strerror}"
    try:
        integrity, rows = rows_of(path)
    except sqlite3.Error as error:
        # Somebody else's lock or a full disk says nothing about what the power cut left.
        if re.search(r"locked|disk is full|out of memory|readonly", str(error)):
            return "unknown", f"SQLite could not look: {error}"
        return "violation", f"SQLite cannot read {DATABASE}: {error}"
    if integrity != "ok":
        return "violation", f"integrity_check: {integrity}".replace("\n", " ")
    for expected, (number, content) in enumerate(rows, start=1):
        if number != expected:
            return "violation", f"row {expected} is missing, row {number} is there"
        if content != payload(number):
            return "violation", f"row {number} holds {str(content)[:40]!r}"
    if durable and len(rows) < acked:
        return "violation", f"row {len(rows) + 1} was acknowledged and is gone ({acked} acknowledged, {len(rows)} there)"
    return "pass", ""


def judge_document(text: str, durable: bool) -> tuple[str, str]:
    try:
        state = json.loads(text)
        return judge(state["directory"], state["acks"], durable)
    except Exception as error:  # A fault of the checker's own must never read as a verdict.
        return "unknown", f"{type(error).__name__}: {error}"


def serve(durable: bool) -> int:
    os.chdir("/")
    for line in sys.stdin:
        if line.strip():
            outcome, reason = judge_document(line, durable)
            print(json.dumps({"outcome": outcome, "reason": reason}), flush=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks what a power cut left of sqlite_workload.py's database.")
    parser.add_argument("--durable", action="store_true", help="acknowledged rows must be there")
    parser.add_argument("--persistent", action="store_true", help="one JSON line a crash state each way")
    options = parser.parse_args()
    if options.persistent:
        return serve(options.durable)
    try:
        with open(os.environ["PLUGPULL_STATE"], encoding="utf-8") as file:
            text = file.read()
    except (KeyError, OSError) as error:
        print(f"cannot read the state that PLUGPULL_STATE should name: {error!r}")
        return EXIT_CODE["unknown"]
    outcome, reason = judge_document(text, options.durable)
    if reason:
        print(reason)
    return EXIT_CODE[outcome]


sys.exit(main())
