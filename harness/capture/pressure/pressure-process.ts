/**
 * The process that presses the host's recorded file system to commit: `pressure-process ROOT VIEW FS`.
 *
 * It touches the file system under test, so it may be neither the disk's process nor one that the disk waits for. Says
 * `ready`, then commits by itself whenever a name changes or a file is cut short, and for each byte on standard input,
 * which is answered `done N`: commits made so far. Ends when its standard input closes.
 */
import { readSync, writeSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { errorCode, SystemCallError, waitAnyReadable } from '../../attach/libc.js';
import type { FileSystem } from '../../scenario/schema/storage.js';
import { ChangeWatch } from './change-watch.js';
import { openCommitter } from './committer.js';

const standardInput = 0;
const [root, view, fs] = process.argv.slice(2);
// A Ctrl-C in the terminal reaches this process too; the command decides when a recording ends.
process.on('SIGINT', () => {});
// What it watches for is answered at once, however busy the machine is; where that is refused, as soon as it can be.
try {
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {}
const committer = openCommitter(root!, fs as FileSystem);
const watch = new ChangeWatch(view!);
let commits = 0;
const commit = (): void => {
  try {
    committer.commit();
    commits++;
  } catch (error) {
    // A disk with faults, or a full one, may refuse; a commit that was not made is not counted.
    if (errorCode(error) === null && !(error instanceof SystemCallError)) throw error;
  }
};
const say = (text: string): void => void writeSync(1, `${text}\n`);

say('ready');
for (const requests = Buffer.alloc(64); ; ) {
  const ready = waitAnyReadable([standardInput, watch.fd], -1);
  if (ready.includes(watch.fd) && watch.drain()) commit();
  if (!ready.includes(standardInput)) continue;
  const count = readSync(standardInput, requests, 0, requests.length, null);
  if (count === 0) break;
  for (let i = 0; i < count; i++) {
    commit();
    say(`done ${commits}`);
  }
}
watch.close();
committer.close();
process.exit(0);
