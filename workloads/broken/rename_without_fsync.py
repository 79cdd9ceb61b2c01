"""Broken: the temporary file is not synced before the rename. Right twin: ../seeds/atomic_replace.py

Missing   fsync of the temporary file. The rename may become durable before the data it leads to: after a power
          cut the target may be empty, short or filled with zeros, and the old version is gone.
Promises  what the twin does: one whole version at every instant, version N or later after the ack.

Usage: rename_without_fsync.py [FILE [VERSIONS]]
"""

import os
import sys


def document(version: int) -> str:
    """Version N in full: N sections of 700 bytes or so, from one block to several."""
    lines = [f"version {version}"]
    for section in range(1, version + 1):
        lines += [f"  section {section:2} setting {setting:2} = {version * 1000 + setting}" for setting in range(20)]
    lines.append(f"end of version {version}")
    return "\n".join(lines) + "\n"


def atomic_replace(path: str, content: str) -> None:
    temporary = f"{path}.tmp"
    with open(temporary, "w") as file:
        file.write(content)
    os.rename(temporary, path)
    directory = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else "config.json"
    versions = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    for version in range(1, versions + 1):
        atomic_replace(path, document(version))
        print(f"Atomically replaced {path} version {version}", flush=True)


main()
