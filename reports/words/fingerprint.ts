import { createHash } from 'node:crypto';
import type { Reported } from './reported.js';

/**
 * What makes a finding the same one in the next run: not its number, its line or the position in a log, all of which move
 * when the program changes elsewhere.
 */
export function fingerprintOf({ run, finding }: Reported): string {
  const { evidence, kind, model, paths = [], promise, cause } = finding;
  const about = {
    scenario: run.scenario,
    // A contract finding is the same on any storage.
    storage: evidence === 'observed' ? run.storage : null,
    evidence,
    kind,
    model,
    paths,
    promise,
    calls: evidence === 'contract' ? cause.map(({ syscall, args }) => `${syscall}(${args})`) : [],
  };
  return digestOf(about);
}

/** The same for the same about, and for nothing else; 40 hexadecimal digits. */
export function digestOf(about: object): string {
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 40);
}

/** Fingerprints in the findings' order; of equal ones the second and later bear their number. */
export function fingerprintsOf(reported: readonly Reported[]): string[] {
  const seen = new Map<string, number>();
  return reported.map((one) => {
    const print = fingerprintOf(one);
    const count = (seen.get(print) ?? 0) + 1;
    seen.set(print, count);
    return count === 1 ? print : `${print}-${count}`;
  });
}
