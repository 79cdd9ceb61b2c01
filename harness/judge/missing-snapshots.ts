import { speaksOfFiles } from '../promise/promises.js';
import type { Promise_ } from '../scenario/schema/promise.js';
import type { Trace } from '../trace/trace.js';

/**
 * Why a promise about files cannot be judged from this trace; null when it can. Without the snapshot that
 * belongs to an ack nothing would seem to be owed, and every crash state would pass.
 */
export function missingSnapshots(
  { acks, snapshots }: Pick<Trace, 'acks' | 'snapshots'>,
  promise: Promise_,
): string | null {
  if (!speaksOfFiles(promise)) return null;
  if (snapshots.length === 0) {
    return 'this trace holds no snapshots, as when it was imported, so nothing is known of what files held at an ack: judge it with --checker, or with --promise none (does every crash state mount?)';
  }
  const taken = new Set(snapshots.filter(({ final }) => !final).map((snapshot) => snapshot.acks));
  for (let given = 0; given <= acks.length; given++) {
    if (taken.has(given)) continue;
    const ack = acks[given - 1];
    return `the trace holds no snapshot of ${ack ? `ack ${given} (${JSON.stringify(ack.text)})` : 'the start'}, so what was promised then cannot be judged`;
  }
  return null;
}
