import type { Owner } from '../trace/attributes.js';
import type { TreeEntry } from '../trace/events.js';
import type { FileBytes } from '../trace/file-bytes.js';
import { type Law, law as ownLaw } from './law.js';
import type { RecoveredEntry } from './recovered-tree.js';
import type { AllowedXattrs } from './xattrs.js';

/** What one file, directory or link may show after a crash: as it was at some moment, and as it was changed since. */
export interface Appearance {
  type: TreeEntry['type'];
  /** Permission bits it had; null: any. */
  modes: ReadonlySet<number> | null;
  /** Owners it had, as `ownerText` writes them; null: any. */
  owners: ReadonlySet<string> | null;
  /** Extended attributes it had; null: any, and nobody looks. */
  xattrs: AllowedXattrs | null;
  /** Where a symbolic link points. */
  target?: string | undefined;
  /** Of a file. */
  bytes?: HeldBytes;
}

/** The bytes of a file that are owed, and what was written over them since. */
export interface HeldBytes {
  /** Sizes it had, the smallest and the largest: a write that makes a file longer may stop anywhere. */
  sizes: { from: number; to: number };
  /** So many bytes from its start are owed. */
  owedBytes: number;
  /** Position of the first byte that it neither held then nor was given since; -1 when there is none. */
  firstStrange(found: FileBytes): number;
}

/** Bytes held at a moment, and what was put over them later: `bytes` null are zeros. */
export function heldBytes(
  held: FileBytes,
  later: readonly { offset: number; length: number; bytes: Uint8Array | null }[],
  sizes: HeldBytes['sizes'],
): HeldBytes {
  const wasWritten = (at: number, byte: number): boolean =>
    later.some(
      ({ offset, length, bytes }) =>
        at >= offset && at < offset + length && byte === (bytes ? bytes[at - offset] : 0),
    );
  return {
    sizes,
    owedBytes: held.length,
    firstStrange(found) {
      for (const { from, to } of found.differences(held)) {
        const [there, then] = [found.read(from, to), held.read(from, to)];
        for (let at = from; at < to; at++)
          if (there[at - from] !== then[at - from] && !wasWritten(at, there[at - from]!)) return at;
      }
      return -1;
    },
  };
}

/** The attributes, extended ones aside, of what was found that are not those of an appearance; null when all that is owed fit. */
export function strangeAttribute(
  found: RecoveredEntry,
  { type, modes, owners, target }: Appearance,
  law: Law = ownLaw,
): string | null {
  const owed = law.owed[type];
  if (owed.has('target') && type === 'symlink' && found.target !== target)
    return `points to ${JSON.stringify(found.target)} instead of ${JSON.stringify(target)}`;
  if (owed.has('mode') && modes && !modes.has(found.mode))
    return `has mode ${octal(found.mode)} instead of ${[...modes].map(octal).join(' or ')}`;
  if (owed.has('owner') && owners && !owners.has(ownerText(found)))
    return `belongs to ${ownerText(found)} instead of ${[...owners].join(' or ')}`;
  return null;
}

/** "uid:gid" */
export function ownerText({ uid, gid }: Owner): string {
  return `${uid}:${gid}`;
}

/** Those that something had at each of these moments; null where one of them recorded no owner. */
export function ownersOf(...entries: readonly TreeEntry[]): ReadonlySet<string> | null {
  const owners = new Set<string>();
  for (const { uid, gid } of entries) {
    if (uid === undefined || gid === undefined) return null;
    owners.add(ownerText({ uid, gid }));
  }
  return owners;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
