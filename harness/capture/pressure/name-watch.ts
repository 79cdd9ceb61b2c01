import { closeSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inotifyEvent, readInotifyMasks } from '../../attach/inotify-events.js';
import { inotify, inotifyWatch } from '../../attach/libc.js';

const { create, delete: removed, movedFrom, movedTo, isDirectory, overflow } = inotifyEvent;
const nameChanges = create | removed | movedFrom | movedTo;

/** Tells that a name changed somewhere below a folder. Assumes a view whose access times stand still. */
export class NameWatch {
  /** Readable when names changed. */
  readonly fd = inotify();

  constructor(private readonly root: string) {
    this.#watch('');
  }

  /** Takes what has been told; folders that came meanwhile are watched from then on. */
  drain(): boolean {
    const masks = readInotifyMasks(this.fd);
    if (masks.some((mask) => mask & overflow || mask & isDirectory)) this.#watch('');
    return masks.length > 0;
  }

  close(): void {
    closeSync(this.fd);
  }

  #watch(folder: string): void {
    try {
      // Watching one twice does no harm.
      inotifyWatch(this.fd, join(this.root, folder), nameChanges);
      for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true }))
        if (entry.isDirectory()) this.#watch(join(folder, entry.name));
    } catch (error) {
      // Removed by the workload meanwhile: then there is nothing to see in it.
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
