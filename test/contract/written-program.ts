import fc from 'fast-check';
import {
  ack,
  close,
  create,
  openDirectory,
  pwrite,
  rename,
  sync,
  syncDirectory,
  unlink,
} from './written-trace.js';

/** A step of a generated program. */
type Step =
  | { kind: 'write'; name: string; offset: number; text: string; sync: string | null; flags: string }
  | { kind: 'rename'; from: string; to: string }
  | { kind: 'link'; from: string; to: string }
  | { kind: 'unlink'; name: string }
  | { kind: 'truncate'; name: string; length: number }
  | { kind: 'directory' }
  | { kind: 'everything' }
  | { kind: 'ack' };

const name = fc.constantFrom('a', 'b', 'c');

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      name,
      offset: fc.integer({ min: 0, max: 6 }),
      text: fc.stringMatching(/^[xyz]{1,5}$/),
      sync: fc.constantFrom(null, null, 'fsync', 'fdatasync'),
      flags: fc.constantFrom('O_WRONLY', 'O_WRONLY', 'O_WRONLY|O_TRUNC', 'O_WRONLY|O_DSYNC'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), from: name, to: name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), from: name, to: name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unlink' as const), name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('truncate' as const),
      name,
      length: fc.integer({ min: 0, max: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'directory' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'everything' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'ack' as const }) },
);

/** Small programs as the calls strace would show: every call of theirs can succeed. */
export const writtenProgram = fc.array(step, { minLength: 1, maxLength: 7 }).map(callsOf);

function callsOf(steps: readonly Step[]): string[] {
  const present = new Map<string, number>([['a', 1]]);
  let files = 1;
  const calls: string[] = [];
  for (const each of steps) {
    switch (each.kind) {
      case 'write': {
        if (!present.has(each.name)) present.set(each.name, ++files);
        calls.push(create(each.name, 3, `${each.flags}|O_CREAT`), pwrite(each.name, each.text, each.offset));
        if (each.sync) calls.push(sync(each.name, each.sync));
        calls.push(close());
        break;
      }
      case 'rename':
        if (!present.has(each.from)) break;
        calls.push(rename(each.from, each.to));
        if (present.get(each.to) === present.get(each.from)) break;
        present.set(each.to, present.get(each.from)!);
        present.delete(each.from);
        break;
      case 'link':
        if (!present.has(each.from) || present.has(each.to)) break;
        calls.push(`link("${each.from}", "${each.to}") = 0`);
        present.set(each.to, present.get(each.from)!);
        break;
      case 'unlink':
        if (present.delete(each.name)) calls.push(unlink(each.name));
        break;
      case 'truncate':
        if (present.has(each.name)) calls.push(`truncate("${each.name}", ${each.length}) = 0`);
        break;
      case 'directory':
        calls.push(openDirectory(), syncDirectory(), close(4));
        break;
      case 'everything':
        calls.push('sync() = 0');
        break;
      case 'ack':
        calls.push(ack());
        break;
    }
  }
  return calls;
}

/** What the directory holds before such a program runs. */
export const writtenProgramFiles = { a: 'hello' };
