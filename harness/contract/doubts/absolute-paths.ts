import { normalise } from '../../model/path-walk.js';
import type { BytePath } from '../../syscalls/byte-path.js';
import type { Call, PathAt } from '../../syscalls/call.js';

/**
 * What paths of calls mean wherever they lead, by each process's current directory. Feed it the calls in order.
 * Directories that are reached through symbolic links are known once a file in them was opened; before that a path is
 * taken by its letters.
 */
export class AbsolutePaths {
  readonly #directoryOf = new Map<number, BytePath>();
  readonly #realDirectory = new Map<BytePath, BytePath>();

  constructor(private readonly rootPath: BytePath) {}

  of(at: PathAt, pid: number): BytePath {
    const path = this.#byLetters(at, pid);
    const real = this.#realDirectory.get(directoryOf(path));
    return real === undefined ? path : `${real}/${nameIn(path)}`;
  }

  /** Takes notice of a call that returned without an error. */
  follow({ operation, result, pid }: Call): void {
    if (operation.op === 'chdir') {
      const { target } = operation;
      const directory = 'fd' in target ? target.describedAs : this.of(target, pid);
      if (directory !== null) this.#directoryOf.set(pid, directory);
    } else if (operation.op === 'fork' && result.kind === 'value') {
      this.#directoryOf.set(result.value, this.#directory(pid));
    } else if (operation.op === 'open' && result.kind === 'value' && result.file) {
      const path = this.#byLetters(operation.at, pid);
      const { path: real } = result.file;
      if (real.startsWith('/') && real !== path && nameIn(real) === nameIn(path))
        this.#realDirectory.set(directoryOf(path), directoryOf(real));
    }
  }

  #byLetters(at: PathAt, pid: number): BytePath {
    const start = at.directory?.describedAs ?? at.currentDirectory ?? this.#directory(pid);
    return normalise(at.path.startsWith('/') ? at.path : `${start}/${at.path}`);
  }

  #directory(pid: number): BytePath {
    return this.#directoryOf.get(pid) ?? this.rootPath;
  }
}

function directoryOf(path: BytePath): BytePath {
  return path.slice(0, path.lastIndexOf('/'));
}

/** The last component of a path. */
export function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
