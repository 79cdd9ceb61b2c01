/** Has a workload's changes written to the disk as its schedule says. */
import { closeSync, openSync } from 'node:fs';
import { startWriteBack, waitForWriteBack } from '../../attach/file-calls.js';
import { openCommitter } from '../../capture/pressure/committer.js';
import type { FileSystem } from '../../scenario/schema/storage.js';
import { type ScheduleName, writtenBy } from '../schedule.js';
import type { Operation } from '../workload/operation.js';

export interface WriteBack {
  /** An operation of the body has returned. */
  after(operation: Operation): void;
  /** All of them have. */
  atEnd(): void;
  close(): void;
}

const none: WriteBack = { after() {}, atEnd() {}, close() {} };

/**
 * @param root where the file system is mounted
 * @param holdBytes heard by the disk when it returns: from here on what the workload wrote is under way, or arrives
 */
export function openWriteBack(
  schedule: ScheduleName,
  { root, fs, holdBytes }: { root: string; fs: FileSystem; holdBytes: (isHeld: boolean) => void },
): WriteBack {
  if (schedule === 'prompt') return none;
  const committer = openCommitter(root, fs);
  const close = (): void => committer.close();
  switch (schedule) {
    case 'commits':
      return { after: () => committer.commit(), atEnd() {}, close };
    case 'overtaking':
      return {
        after(operation) {
          const written = writtenBy(operation);
          if (written) {
            holdBytes(true);
            withFile(root, written.path, (fd) => startWriteBack(fd, written));
          }
          committer.commit();
          if (written) holdBytes(false);
        },
        atEnd() {},
        close,
      };
    case 'backwards': {
      // Opened when they are written: their names may change.
      const written: { fd: number; at: number; length: number }[] = [];
      return {
        after(operation) {
          const range = writtenBy(operation);
          if (range) written.push({ ...range, fd: openSync(`${root}/${range.path}`, 'r') });
        },
        atEnd() {
          for (const range of written.reverse()) {
            waitForWriteBack(range.fd, range);
            committer.commit();
          }
        },
        close() {
          for (const { fd } of written) closeSync(fd);
          close();
        },
      };
    }
  }
}

function withFile(root: string, path: string, use: (fd: number) => void): void {
  const fd = openSync(`${root}/${path}`, 'r');
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}
