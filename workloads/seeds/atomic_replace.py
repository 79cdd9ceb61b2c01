"""Atomic replace: the right way to save a document.

Pattern   write a temporary file beside the target, fsync it, rename it over the target, fsync the directory;
          ten versions, each longer than the one before.
Promises  at every instant the target holds one whole version, old or new; and once "Atomically replaced NAME
          version N" is printed, a power cut leaves version N or a later one.
Relies on fsync(file) before the rename, so that the new name never leads to unwritten data; rename being one
          change; fsync(directory) for the rename itself.

Usage: atomic_replace.py [FILE [VERSIONS]]
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
        file.flush()
        os.fsync(file.fileno())
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
