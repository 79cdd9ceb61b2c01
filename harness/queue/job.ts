/**
 * A job: what is to be done, in one line of JSON, named by the digest of it. Two jobs that ask for the same have one name
 * and one answer, whoever asks and whoever does them.
 */
import { createHash } from 'node:crypto';

export interface Job {
  /** The digest of kind and body, and of who may do it. */
  id: string;
  kind: string;
  body: unknown;
}

/** What has to be the same of whoever asks and whoever does it: `build`, `kernel.host`, `mkfs.ext4` and the like. */
export type Makers = Readonly<Record<string, string>>;

/** @param body of plain values, its keys in one order */
export function jobOf(kind: string, body: unknown, makers: Makers): Job {
  return { id: digestOf(JSON.stringify([kind, body, sorted(makers)])), kind, body };
}

/** Hexadecimal SHA-256. */
export function digestOf(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whoever is made alike shares a queue. */
export function queueNameOf(makers: Makers): string {
  return `plugpull-${digestOf(JSON.stringify(sorted(makers))).slice(0, 16)}`;
}

function sorted(makers: Makers): [string, string][] {
  return Object.entries(makers).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** In what a worker is other than was asked for; null where it may take part. */
export async function differenceOf(
  asked: Makers,
  own: (what: string) => Promise<string>,
): Promise<string | null> {
  for (const [what, wanted] of sorted(asked)) {
    const here = await own(what);
    if (here !== wanted) return `${what}: asked for ${JSON.stringify(wanted)}, here ${JSON.stringify(here)}`;
  }
  return null;
}
