import { closeSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inotifyEvent, readInotifyEvents } from '../../attach/inotify-events.js';
import { inotify, inotifyWatch } from '../../attach/libc.js';

const {
  modify,
  closeWrite,
  create,
  delete: removed,
  movedFrom,
  movedTo,
  isDirectory,
  overflow,
} = inotifyEvent;
const nameChanges = create | removed | movedFrom | movedTo;

/**
 * Tells that something changed below a folder after which a commit may show a loss: a name, or the content of a file
 * whose old content is given up. Assumes a view whose access times stand still.
 *
 * inotify calls a truncation what it calls a write. Who looks afterwards finds the length of what was written since, so
 * the length alone tells of few. A file's first change after it was let go by its writers counts as a truncation, then:
 * each open with O_TRUNC is among them, and a program that goes on writing is not pressed at each write. Where a file
 * is kept open, the length tells: ftruncate returns late under pressure (`strace-command.ts`).
 */
export class ChangeWatch {
  /** Readable when there is something to drain. */
  readonly fd = inotify();
  readonly #folders = new Map<number, string>();
  /** Lengths of the files that are being written, by watch and name. */
  readonly #written = new Map<string, number>();

  constructor(private readonly root: string) {
    this.#watch('');
  }

  /** Takes what has been told: is a commit due? Folders that came meanwhile are watched from then on. */
  drain(): boolean {
    let due = false;
    let strangeFolders = false;
    for (const { watch, mask, name } of readInotifyEvents(this.fd)) {
      const file = `${watch}/${name}`;
      strangeFolders ||= (mask & (overflow | isDirectory)) !== 0;
      due ||= (mask & (nameChanges | overflow)) !== 0;
      // Nothing is lost yet of what has just been made.
      if (mask & create) this.#written.set(file, 0);
      if (mask & (removed | movedFrom | movedTo | closeWrite)) this.#written.delete(file);
      if (mask & modify) {
        const length = this.#lengthOf(watch, name);
        const before = this.#written.get(file);
        due ||= before === undefined || length < before;
        this.#written.set(file, length);
      }
    }
    if (strangeFolders) this.#watch('');
    return due;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** 0 for a file that is there no longer. */
  #lengthOf(watch: number, name: string): number {
    const folder = Buffer.from(`${join(this.root, this.#folders.get(watch) ?? '')}/`);
    const path = Buffer.concat([folder, Buffer.from(name, 'latin1')]);
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #watch(folder: string): void {
    try {
      // Watching one twice does no harm, and tells its name of today.
      const watch = inotifyWatch(this.fd, join(this.root, folder), nameChanges | modify | closeWrite);
      this.#folders.set(watch, folder);
      for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true }))
        if (entry.isDirectory()) this.#watch(join(folder, entry.name));
    } catch (error) {
      // Removed by the workload meanwhile: then there is nothing to see in it.
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
