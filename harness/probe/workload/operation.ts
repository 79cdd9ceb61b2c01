import { type Falloc, fallocModes } from './falloc.js';

/** How bytes get into a file. */
export type WriteManner = 'buffered' | 'direct' | 'sync' | 'dsync';

/**
 * One line of a workload. Paths are relative to the file system's root (`.`). Where a file or directory is asked for that is
 * already there, `@NAME` is one that `hold` or `tmpfile` opened, whatever has become of its name since.
 */
export type Operation =
  | { op: 'create'; path: string }
  | { op: 'mkdir'; path: string }
  | { op: 'write'; path: string; at: number; length: number; manner: WriteManner }
  /** Stores through a shared mapping of the file, which stays. */
  | { op: 'store'; path: string; at: number; length: number }
  | { op: 'falloc'; path: string; mode: Falloc; at: number; length: number }
  | { op: 'truncate'; path: string; size: number }
  | { op: 'link'; from: string; to: string }
  | { op: 'symlink'; target: string; path: string }
  | { op: 'unlink'; path: string }
  | { op: 'rmdir'; path: string }
  | { op: 'rename'; from: string; to: string }
  | { op: 'exchange'; from: string; to: string }
  | { op: 'setxattr'; path: string; name: string; value: string }
  | { op: 'removexattr'; path: string; name: string }
  | { op: 'chmod'; path: string; mode: number }
  /** Opens and keeps open. */
  | { op: 'hold'; path: string; as: string }
  /** Makes a file without a name (O_TMPFILE), and keeps it open. */
  | { op: 'tmpfile'; directory: string; as: string }
  | { op: 'fsync'; path: string }
  | { op: 'fdatasync'; path: string }
  | { op: 'msync'; path: string; at: number; length: number }
  | { op: 'sync' }
  | { op: 'syncfs' };

const manners: readonly WriteManner[] = ['buffered', 'direct', 'sync', 'dsync'];

/** What a word of a line stands for, in order. */
type Word = 'path' | 'there' | 'name' | 'text' | 'count' | 'octal' | 'falloc' | 'manner?';

const words: { readonly [K in Operation['op']]: readonly (readonly [key: string, word: Word])[] } = {
  create: [['path', 'path']],
  mkdir: [['path', 'path']],
  write: [
    ['path', 'there'],
    ['at', 'count'],
    ['length', 'count'],
    ['manner', 'manner?'],
  ],
  store: [
    ['path', 'there'],
    ['at', 'count'],
    ['length', 'count'],
  ],
  falloc: [
    ['path', 'there'],
    ['mode', 'falloc'],
    ['at', 'count'],
    ['length', 'count'],
  ],
  truncate: [
    ['path', 'there'],
    ['size', 'count'],
  ],
  link: [
    ['from', 'there'],
    ['to', 'path'],
  ],
  symlink: [
    ['target', 'path'],
    ['path', 'path'],
  ],
  unlink: [['path', 'path']],
  rmdir: [['path', 'path']],
  rename: [
    ['from', 'path'],
    ['to', 'path'],
  ],
  exchange: [
    ['from', 'path'],
    ['to', 'path'],
  ],
  setxattr: [
    ['path', 'path'],
    ['name', 'text'],
    ['value', 'text'],
  ],
  removexattr: [
    ['path', 'path'],
    ['name', 'text'],
  ],
  chmod: [
    ['path', 'path'],
    ['mode', 'octal'],
  ],
  hold: [
    ['path', 'path'],
    ['as', 'name'],
  ],
  tmpfile: [
    ['directory', 'path'],
    ['as', 'name'],
  ],
  fsync: [['path', 'there']],
  fdatasync: [['path', 'there']],
  msync: [
    ['path', 'there'],
    ['at', 'count'],
    ['length', 'count'],
  ],
  sync: [],
  syncfs: [],
};

export const operationNames = Object.keys(words) as Operation['op'][];

/** One line, as it is parsed again. */
export function printOperation(operation: Operation): string {
  const values = operation as unknown as Record<string, string | number>;
  const told = words[operation.op].map(([key, word]) => printWord(word, values[key]!));
  return [operation.op, ...told.filter((text) => text !== '')].join(' ');
}

function printWord(word: Word, value: string | number): string {
  if (word === 'octal') return `0${(value as number).toString(8)}`;
  if (word === 'manner?') return value === 'buffered' ? '' : String(value);
  return String(value);
}

/** What a line does not say well, as `expected X, got Y`. */
export class NotationError extends Error {}

/** @throws NotationError naming what was expected */
export function parseOperation(line: string): Operation {
  const [op = '', ...given] = line.trim().split(/\s+/);
  if (!(op in words))
    throw new NotationError(`expected an operation (${operationNames.join(', ')}), got ${op || 'nothing'}`);
  const wanted = words[op as Operation['op']];
  const form = [op, ...wanted.map(([key, word]) => (word === 'manner?' ? `[${manners.join('|')}]` : key))];
  const least = wanted.filter(([, word]) => word !== 'manner?').length;
  if (given.length < least || given.length > wanted.length)
    throw new NotationError(
      `expected ${form.join(' ')}, got ${given.length} words behind ${op}, not ${least}`,
    );
  const entries = wanted.map(([key, word], i) => [key, parseWord(word, key, given[i])]);
  return { op, ...Object.fromEntries(entries) } as Operation;
}

const pathForm = /^(?!.*(?:^|\/)\.\.?(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;

function parseWord(word: Word, key: string, text: string | undefined): string | number {
  switch (word) {
    case 'manner?':
      return oneOf(manners, text ?? 'buffered', key);
    case 'falloc':
      return oneOf(fallocModes, text!, key);
    case 'count':
      if (!/^\d{1,12}$/.test(text!))
        throw new NotationError(`${key}: expected a number of bytes, got ${text}`);
      return Number(text);
    case 'octal':
      if (!/^0?[0-7]{1,4}$/.test(text!))
        throw new NotationError(`${key}: expected a mode such as 0600, got ${text}`);
      return Number.parseInt(text!, 8);
    case 'name':
    case 'text':
      if (!/^[A-Za-z0-9._-]+$/.test(text!))
        throw new NotationError(`${key}: expected letters and digits, got ${text}`);
      return text!;
    case 'there':
      if (/^@[A-Za-z0-9._-]+$/.test(text!)) return text!;
      return parsePath(text!, key);
    case 'path':
      return parsePath(text!, key);
  }
}

function parsePath(text: string, key: string): string {
  if (text === '.' || pathForm.test(text)) return text;
  throw new NotationError(
    `${key}: expected a relative path such as A/foo (letters, digits, no ..), got ${text}`,
  );
}

function oneOf<T extends string>(known: readonly T[], text: string, key: string): T {
  if ((known as readonly string[]).includes(text)) return text as T;
  throw new NotationError(`${key}: expected one of ${known.join(', ')}, got ${text}`);
}

/** Does it ask for something to be made durable? */
export function isPersistence(operation: Operation): boolean {
  switch (operation.op) {
    case 'fsync':
    case 'fdatasync':
    case 'msync':
    case 'sync':
    case 'syncfs':
      return true;
    case 'write':
      return operation.manner === 'sync' || operation.manner === 'dsync';
    default:
      return false;
  }
}
