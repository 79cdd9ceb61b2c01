/**
 * Processes by the mounts they have (mount_namespaces(7)). A program may throw away its environment, its session and its
 * parents; the mounts it was started with it keeps.
 */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { ownMounts } from './own-mounts.js';
import { killUntilGone } from './processes.js';

/** The descriptor on which a program started with `toldMounts` says which mounts it has. */
export const mountsDescriptor = 4;

/** As `ownMounts`; the program, before it is one, says on the descriptor which they are. */
export function toldMounts(): readonly string[] {
  const own = ownMounts();
  if (own.length === 0) return [];
  const say = `readlink /proc/self/ns/mnt >&${mountsDescriptor}; exec ${mountsDescriptor}>&-; exec "$@"`;
  return [...own, '/bin/sh', '-c', say, 'sh'];
}

/** What it said; null where it has the mounts that everybody has. Settled once it runs, or has ended. */
export function mountsOf(child: ChildProcess): Promise<string | null> {
  const stream = child.stdio[mountsDescriptor] as Readable;
  let said = '';
  stream.on('data', (data: Buffer) => {
    said += data.toString();
  });
  return new Promise((resolve) => {
    stream.once('close', () => resolve(said.trim() === '' ? null : said.trim()));
    stream.once('error', () => resolve(null));
  });
}

/** Kills every process that has these mounts but those to spare, until none is left. Ours are nobody's mark. */
export function killWithMounts(mounts: string | null, spare?: (pid: number) => boolean): void {
  if (mounts === null || mounts === readlinkSync('/proc/self/ns/mnt')) return;
  killUntilGone(() => processesWithMounts(mounts), spare);
}

function processesWithMounts(mounts: string): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      return readlinkSync(`/proc/${pid}/ns/mnt`) === mounts ? [pid] : [];
    } catch {
      // Gone meanwhile, or not ours to look at.
      return [];
    }
  });
}
