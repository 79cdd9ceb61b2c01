/**
 * Counts how often each path was touched between two snapshots, through inotify(7).
 *
 * Snapshots alone cannot tell whether a file that differs was replaced once or ten times in between; with the
 * count, "neither the old nor the new content" can be called a violation when there was one new content, and
 * `unknown` when there were more. Where events may be missing, it says so.
 */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { inotifyEvent as event, readInotifyEvents } from '../attach/inotify-events.js';
import { inotify, inotifyWatch, SystemCallError } from '../attach/libc.js';
import { pathText } from '../syscalls/byte-path.js';
import type { PathTouches } from '../trace/events.js';
import type { Tree } from './snapshot.js';

const watched =
  event.modify | event.closeWrite | event.movedFrom | event.movedTo | event.create | event.delete;

export class TouchWatch {
  readonly #fd = inotify();
  readonly #folders = new Map<number, string>();
  readonly #watched = new Set<string>();
  /** Something happened where no watch was yet. */
  #blind = false;

  constructor(private readonly root: string) {
    this.#watch('');
  }

  /** Events since the last call, by path; null when some may have been missed. Then watches new folders. */
  collect(tree: Tree): Record<string, PathTouches> | null {
    const touched: Record<string, PathTouches> = {};
    this.#blind = false;
    this.#drain((path, mask) => {
      touched[path] ??= { modified: 0, versions: 0, removed: 0 };
      const counts = touched[path];
      if (mask & event.modify) counts.modified++;
      if (mask & (event.movedTo | event.closeWrite)) counts.versions++;
      if (mask & (event.delete | event.movedFrom)) counts.removed++;
      // What happened inside a folder before it was watched is not known.
      if (mask & event.isDirectory && mask & (event.create | event.movedTo | event.movedFrom))
        this.#blind = true;
    });
    for (const entry of tree.values()) {
      // After a folder came or went a known name may be another folder; watching one twice does no harm.
      if (entry.type === 'directory' && (this.#blind || !this.#watched.has(entry.path)))
        this.#watch(entry.path);
    }
    return this.#blind ? null : touched;
  }

  #watch(folder: string): void {
    try {
      this.#folders.set(inotifyWatch(this.#fd, join(this.root, folder), watched), folder);
      this.#watched.add(folder);
    } catch (error) {
      // Removed by the workload meanwhile: then there is nothing to see in it.
      if (!(error instanceof SystemCallError && (error.code === 'ENOENT' || error.code === 'ENOTDIR')))
        throw error;
      this.#blind = true;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #drain(visit: (path: string, mask: number) => void): void {
    for (const { watch, mask, name } of readInotifyEvents(this.#fd)) {
      const folder = this.#folders.get(watch);
      if (mask & event.overflow || folder === undefined) this.#blind = true;
      else if (name) {
        const text = pathText(Buffer.from(name, 'latin1'));
        visit(folder ? `${folder}/${text}` : text, mask);
      }
    }
  }
}
