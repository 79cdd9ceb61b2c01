import fc from 'fast-check';
import { ack, close, create, pwrite, rename, sync, unlink, writtenRoot } from './written-trace.js';

/** A step of a generated program; `D` stands for the directory, whatever its name is by then. */
type Step =
  | { kind: 'write'; name: string; offset: number; text: string; sync: string | null; flags: string }
  | { kind: 'change'; name: string; how: 'punch' | 'zero' | 'truncate' | 'allocate'; at: number }
  | { kind: 'copy' | 'rename' | 'exchange' | 'link'; from: string; to: string }
  | { kind: 'unlink'; name: string }
  | { kind: 'switch'; to: string; by: 'rename' | 'unlink' }
  | { kind: 'move' | 'everything' | 'ack' }
  | { kind: 'directory'; name: '.' | 'D' };

const name = fc.constantFrom('a', 'b', 'D/a');
const two = { from: name, to: name };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      name,
      offset: fc.integer({ min: 0, max: 6 }),
      text: fc.stringMatching(/^[xyz]{1,5}$/),
      sync: fc.constantFrom(null, 'fsync', 'fdatasync'),
      flags: fc.constantFrom('O_WRONLY', 'O_WRONLY|O_TRUNC', 'O_WRONLY|O_DSYNC', 'O_WRONLY|O_APPEND'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      name,
      how: fc.constantFrom('punch' as const, 'zero' as const, 'truncate' as const, 'allocate' as const),
      at: fc.integer({ min: 0, max: 7 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('copy' as const, 'rename' as const, 'exchange' as const, 'link' as const),
      ...two,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unlink' as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('switch' as const),
      to: name,
      by: fc.constantFrom('rename' as const, 'rename' as const, 'unlink' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'move' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('directory' as const),
      name: fc.constantFrom('.' as const, 'D' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'everything' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'ack' as const }) },
);

/**
 * Small programs of every family of effects, as the calls strace would show: bytes, holes, sizes, copies, names in two
 * directories, one of which moves, exchanges, and a symbolic link `l` that is made to lead elsewhere.
 */
export const widerProgram = fc.array(step, { minLength: 1, maxLength: 7 }).map(callsOf);

/** What the directory holds before such a program runs. */
export const widerProgramFiles = { a: 'hello', d: null, 'd/a': 'world' };

const changes = {
  punch: 'FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE',
  zero: 'FALLOC_FL_ZERO_RANGE',
  allocate: '0',
};

class Steps {
  readonly calls: string[] = [];
  private readonly present = new Map<string, number>([
    ['a', 1],
    ['D/a', 2],
  ]);
  private files = 2;
  private directory = 'd';
  private isLinked = false;

  take(each: Step): void {
    const { calls, present } = this;
    switch (each.kind) {
      case 'write': {
        if (!present.has(each.name)) present.set(each.name, ++this.files);
        const path = this.path(each.name);
        calls.push(create(path, 3, `${each.flags}|O_CREAT`), pwrite(path, each.text, each.offset));
        if (each.sync) calls.push(sync(path, each.sync));
        calls.push(close());
        break;
      }
      case 'change':
        if (present.has(each.name)) this.change(this.path(each.name), each.how, each.at);
        break;
      case 'copy':
        if (present.has(each.from) && present.has(each.to) && each.from !== each.to)
          this.copy(this.path(each.from), this.path(each.to));
        break;
      case 'rename':
        if (!present.has(each.from)) break;
        calls.push(rename(this.path(each.from), this.path(each.to)));
        if (present.get(each.to) === present.get(each.from)) break;
        present.set(each.to, present.get(each.from)!);
        present.delete(each.from);
        break;
      case 'exchange':
        this.exchange(each.from, each.to);
        break;
      case 'link':
        if (!present.has(each.from) || present.has(each.to)) break;
        calls.push(`link("${this.path(each.from)}", "${this.path(each.to)}") = 0`);
        present.set(each.to, present.get(each.from)!);
        break;
      case 'unlink':
        if (present.delete(each.name)) calls.push(unlink(this.path(each.name)));
        break;
      case 'switch':
        this.switch(this.path(each.to), each.by);
        break;
      case 'move': {
        const to = this.directory === 'd' ? 'e' : 'd';
        calls.push(rename(this.directory, to));
        this.directory = to;
        break;
      }
      case 'directory': {
        const path = each.name === '.' ? writtenRoot : `${writtenRoot}/${this.directory}`;
        const open = `openat(AT_FDCWD<${writtenRoot}>, "${path}", O_RDONLY|O_DIRECTORY) = 4<${path}>`;
        calls.push(open, `fsync(4<${path}>) = 0`, close(4));
        break;
      }
      case 'everything':
        calls.push('sync() = 0');
        break;
      case 'ack':
        calls.push(ack());
        break;
    }
  }

  private path(name: string): string {
    return name.replace('D', this.directory);
  }

  private change(path: string, how: 'punch' | 'zero' | 'truncate' | 'allocate', at: number): void {
    if (how === 'truncate') this.calls.push(`truncate("${path}", ${at}) = 0`);
    else
      this.calls.push(
        create(path, 3, 'O_RDWR'),
        `fallocate(3<${writtenRoot}/${path}>, ${changes[how]}, ${at}, 2) = 0`,
        close(),
      );
  }

  /** One byte: what a call copies it has from what is visible, whatever of that is durable. */
  private copy(from: string, to: string): void {
    const [source, target] = [`3<${writtenRoot}/${from}>`, `5<${writtenRoot}/${to}>`];
    this.calls.push(
      create(from, 3, 'O_RDONLY'),
      create(to, 5, 'O_WRONLY'),
      `copy_file_range(${source}, [0], ${target}, [2], 1, 0) = 1`,
      close(),
      close(5),
    );
  }

  private exchange(from: string, to: string): void {
    const { calls, present } = this;
    if (!present.has(from) || !present.has(to) || from === to) return;
    const at = (name: string): string => `AT_FDCWD<${writtenRoot}>, "${this.path(name)}"`;
    calls.push(`renameat2(${at(from)}, ${at(to)}, RENAME_EXCHANGE) = 0`);
    const [one, other] = [present.get(from)!, present.get(to)!];
    present.set(from, other).set(to, one);
  }

  private switch(to: string, by: 'rename' | 'unlink'): void {
    const { calls } = this;
    if (by === 'rename') calls.push(`symlink("${to}", "t") = 0`, rename('t', 'l'));
    else calls.push(...(this.isLinked ? [unlink('l')] : []), `symlink("${to}", "l") = 0`);
    this.isLinked = true;
  }
}

function callsOf(steps: readonly Step[]): string[] {
  const made = new Steps();
  for (const each of steps) made.take(each);
  return made.calls;
}
