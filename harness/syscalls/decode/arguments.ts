import type { BytePath } from '../byte-path.js';
import type { Descriptor, Operation, PathAt, Payload } from '../call.js';
import type { JoinedCall } from '../joined-call.js';
import type { Value } from '../value.js';

/** The arguments are not those the manual page gives: the call is kept, as one whose effect is not known. */
export class DecodeFault extends Error {}

/** Names every descriptor and path the call mentions, so that only those files lose their verdict. */
export function unknownCall(call: JoinedCall, reason: string): Operation {
  // A call that failed changed nothing (path_resolution(7): errors are found before the change).
  if (call.result.kind === 'error') return { op: 'none' };
  const files = call.arguments.flatMap(descriptorsIn);
  const paths: PathAt[] = [];
  for (const value of call.arguments) {
    visitAll(value, (each) => {
      if (each.kind === 'string') paths.push(pathAt(each.bytes.toString('latin1')));
    });
  }
  return { op: 'opaque', reason, files, paths, everything: files.length === 0 && paths.length === 0 };
}

/** All that a value mentions. */
export function descriptorsIn(value: Value): Descriptor[] {
  const files: Descriptor[] = [];
  visitAll(value, (each) => {
    if (each.kind === 'number' && each.file) files.push(descriptorOf(each));
  });
  return files;
}

/** A value and those in it, from the outside in. */
function visitAll(value: Value, visit: (value: Value) => void): void {
  visit(value);
  if (value.kind === 'list') for (const item of value.items) visitAll(item, visit);
  else if (value.kind === 'record') for (const field of value.fields.values()) visitAll(field, visit);
  else if (value.kind === 'named') visitAll(value.value, visit);
}

export function pathAt(path: BytePath, options: Partial<PathAt> = {}): PathAt {
  return { directory: null, currentDirectory: null, path, noFollow: false, emptyPath: false, ...options };
}

function descriptorOf(value: Value): Descriptor {
  if (value.kind === 'named') return descriptorOf(value.value);
  if (value.kind === 'number') {
    return { fd: value.value, describedAs: value.file?.path ?? null, deleted: value.file?.deleted ?? false };
  }
  throw new DecodeFault('expected a descriptor');
}

/** Typed access to the arguments by position. */
export class Arguments {
  constructor(readonly call: JoinedCall) {}

  get count(): number {
    return this.call.arguments.length;
  }

  value(index: number): Value {
    const value = this.call.arguments[index];
    if (!value) throw new DecodeFault(`argument ${index + 1} is missing`);
    return value.kind === 'named' ? value.value : value;
  }

  named(name: string): Value | null {
    for (const value of this.call.arguments) {
      if (value.kind === 'named' && value.name === name) return value.value;
      if (value.kind === 'record' && value.fields.has(name)) return value.fields.get(name)!;
    }
    return null;
  }

  number(index: number): number {
    const value = this.value(index);
    if (value.kind === 'number') return value.value;
    if (value.kind === 'word' && value.text === 'NULL') return 0;
    throw new DecodeFault(`argument ${index + 1} is not a number`);
  }

  descriptor(index: number): Descriptor {
    return descriptorOf(this.value(index));
  }

  /** `NULL` or `[7]`, as offsets of copy_file_range and splice are printed: before and, behind `=>`, after. */
  offset(index: number): number | null {
    const value = this.value(index);
    if (value.kind === 'word' && value.text === 'NULL') return null;
    if (value.kind === 'list' && value.items[0]?.kind === 'number') return value.items[0].value;
    if (value.kind === 'number') return value.value;
    throw new DecodeFault(`argument ${index + 1} is not an offset`);
  }

  path(index: number): BytePath {
    const value = this.value(index);
    if (value.kind === 'string') {
      if (value.truncated) throw new DecodeFault('a path is cut short');
      return value.bytes.toString('latin1');
    }
    if (value.kind === 'word' && value.text === 'NULL') return '';
    // A path strace could not read, printed as its address: the call fails with EFAULT.
    if (value.kind === 'number' && this.call.result.kind !== 'value') return '';
    throw new DecodeFault(`argument ${index + 1} is not a path`);
  }

  flags(index: number): ReadonlySet<string> {
    return index < this.count ? flagsOf(this.value(index)) : new Set();
  }

  plainPath(index: number, noFollow = false): PathAt {
    return pathAt(this.path(index), { noFollow });
  }

  /** A directory descriptor (or AT_FDCWD) at `index` and a path behind it. */
  pathFrom(index: number, flags: ReadonlySet<string> = new Set(), noFollow = false): PathAt {
    const directory = this.value(index);
    const path = this.path(index + 1);
    const options = {
      noFollow: noFollow || flags.has('AT_SYMLINK_NOFOLLOW'),
      emptyPath: flags.has('AT_EMPTY_PATH'),
    };
    if (directory.kind === 'word' && directory.text === 'AT_FDCWD') {
      return pathAt(path, { ...options, currentDirectory: directory.file?.path ?? null });
    }
    return pathAt(path, { ...options, directory: descriptorOf(directory) });
  }

  payload(index: number): Payload {
    const value = this.value(index);
    if (value.kind === 'string') return value.truncated ? null : value.bytes;
    return null;
  }

  /** The bytes of an iovec array, cut to what the call really wrote. */
  vector(index: number): Payload {
    const value = this.value(index);
    if (value.kind === 'word' && value.text === 'NULL') return Buffer.alloc(0);
    if (value.kind !== 'list') return null;
    if (value.truncated) return null;
    const parts: Buffer[] = [];
    for (const item of value.items) {
      if (item.kind !== 'record') return null;
      const base = item.fields.get('iov_base');
      const length = item.fields.get('iov_len');
      if (length?.kind === 'number' && length.value === 0) continue;
      if (base?.kind !== 'string' || base.truncated) return null;
      parts.push(base.bytes);
    }
    return Buffer.concat(parts);
  }
}

/** The words of `A|B|0x10`; numbers stay as they are printed. */
export function flagsOf(value: Value): ReadonlySet<string> {
  if (value.kind === 'number')
    return value.value === 0 ? new Set() : new Set([`0x${value.value.toString(16)}`]);
  if (value.kind !== 'word') throw new DecodeFault('expected flags');
  return new Set(value.text.split('|').map((word) => word.trim()));
}

/** A call of this name has no bearing on files. */
export const nothing = (): Operation => ({ op: 'none' });

export const opaqueCall =
  (reason: string) =>
  (a: Arguments): Operation =>
    unknownCall(a.call, reason);

/** Gives a call its meaning, by its arguments. */
export type Decoder = (a: Arguments) => Operation;

export const none: ReadonlySet<string> = new Set<string>();
