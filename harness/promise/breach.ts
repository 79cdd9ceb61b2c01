import type { FindingKind } from '../verdict/finding.js';

/** How something is not what it was promised to be. */
export type Failure =
  | 'missing'
  | 'empty'
  | 'short'
  | 'zeros'
  | 'different'
  /** Its content is right; its mode, owner or extended attributes are not. */
  | 'attributes'
  | 'wrong type'
  | 'unreadable'
  | 'returned'
  /** A whole version that it had before what was acked. */
  | 'older';

/** Which part of the law is broken. */
export type BrokenRule =
  /** What was there at an ack is there, or what the program itself made of it since. */
  | 'kept'
  /** A name was given to another file, and shows neither the old one nor the new one. */
  | 'replaced'
  /** A file that was given another name is under none of the names it had. */
  | 'moved'
  /** A file that was declared atomic shows none of its whole versions. */
  | 'whole'
  /** What was gone at an ack is back. */
  | 'gone';

/** A broken promise about one path, whichever engine found it; `explain` and the contract's wording put it into words. */
export interface Breach {
  rule: BrokenRule;
  /** `unknown`: not all that the program did under this name is known, and it may be its own doing. */
  outcome: 'violation' | 'unknown';
  path: string;
  failure: Failure;
  /** What is there and what should be, for people. */
  detail: string;
  /** How the program changes what the path shows, where that is known: by writing into the file, or by giving its name away. */
  manner: Manner | null;
}

export type Manner = 'in place' | 'by name';

/** The kind of finding that a broken rule makes. */
export function breachKind(rule: BrokenRule): FindingKind {
  return rule === 'whole' ? 'atomicity' : 'durability';
}

/** The promise, in words. */
export function promiseText({ rule, path }: Pick<Breach, 'rule' | 'path'>): string {
  switch (rule) {
    case 'kept':
      return `${path} survives as acked`;
    case 'replaced':
      return `${path} survives as acked, or as what replaced it`;
    case 'moved':
      return `${path} survives as acked, under one of the names it was given`;
    case 'whole':
      return `${path} holds a whole version at every instant: the first or a later one`;
    case 'gone':
      return `${path} stays gone once that was acked`;
  }
}
