/**
 * Which line of the program each call comes from, by what the hooks in its interpreter noted.
 *
 * A call between a note and its return, in the same thread, comes from there. What a worker thread does, or an object
 * that goes, comes from the function that was called for it and is not over: the one that does such things to such a
 * file. Where two lines may be meant, or none, nothing is said.
 */
import { posix } from 'node:path';
import { isAtOrBelow, toBytePath } from '../../syscalls/byte-path.js';
import type { Call, Descriptor, Operation, PathAt } from '../../syscalls/call.js';
import { type CalledNote, noteIn } from './marker.js';

/** A thread's functions that have not returned, the innermost last. */
type Scopes = CalledNote[];

interface Process {
  /** Functions whose work may go on, by thread and number. */
  pending: Map<string, CalledNote>;
}

/** For each call whose place is known, lines from the inside to the outside. */
export function markedPlaces(calls: readonly Call[]): Map<Call, readonly string[]> {
  const threads = new Threads(calls);
  const places = new Map<Call, readonly string[]>();
  for (const call of [...calls].sort((a, b) => a.enter - b.enter)) {
    const note = noteIn(call);
    const scopes = threads.scopes(call.pid);
    const { pending } = threads.process(call.pid);
    if (note === null) {
      if (call.operation.op === 'execve' && call.result.kind === 'value') threads.forget(call.pid);
      const found = scopes.at(-1)?.places ?? placeOf(call, [...pending.values()]);
      if (found) places.set(call, found);
    } else if ('at' in note) {
      scopes.push(note);
      keep(pending, note, `${call.pid} ${note.at}`);
    } else if ('left' in note) {
      const from = scopes.findIndex(({ at }) => at === note.left);
      if (from >= 0) scopes.splice(from);
    } else {
      pending.delete(`${call.pid} ${note.over}`);
    }
  }
  return places;
}

function keep(pending: Process['pending'], note: CalledNote, id: string): void {
  if (note.stays === 'task') pending.set(id, note);
  if (note.stays !== 'object') return;
  // Of what was written to an object the last is what goes to the file when the object goes.
  const key = `object ${note.targets.join(' ')}`;
  pending.delete(key);
  pending.set(key, note);
}

/** What was noted in which thread, and which threads are one process. */
class Threads {
  private readonly creators = new Map<number, number>();
  private readonly own = new Map<number, Scopes>();
  private readonly processes = new Map<number, Process>();

  constructor(calls: readonly Call[]) {
    for (const { operation, result, pid } of calls) {
      if (operation.op === 'fork' && operation.sharesFiles && result.kind === 'value')
        this.creators.set(result.value, pid);
    }
  }

  scopes(thread: number): Scopes {
    const scopes = this.own.get(thread) ?? [];
    this.own.set(thread, scopes);
    return scopes;
  }

  process(thread: number): Process {
    const id = this.first(thread);
    const process = this.processes.get(id) ?? { pending: new Map() };
    this.processes.set(id, process);
    return process;
  }

  /** Another program is in its place. */
  forget(thread: number): void {
    this.own.delete(thread);
    this.processes.delete(this.first(thread));
  }

  private first(thread: number): number {
    let id = thread;
    for (let depth = 0; depth < 64 && this.creators.has(id); depth++) id = this.creators.get(id)!;
    return id;
  }
}

/** Of the functions that are not over the one that a call is made for; machine code may make any. */
function placeOf(call: Call, pending: readonly CalledNote[]): readonly string[] | null {
  const fits = fitting[call.operation.op];
  if (!fits) return null;
  const about = subjects(call.operation);
  const meant = pending.filter(
    ({ name, targets }) =>
      fits.test(name) && targets.some((target) => about.some((subject) => isOf(subject, target))),
  );
  return only(meant) ?? (meant.length === 0 ? only(pending.filter(({ native }) => native)) : null);
}

/** Where they all come from; null when that is more than one place. */
function only(notes: readonly CalledNote[]): string[] | null {
  const [first, ...others] = notes;
  if (!first) return null;
  return others.every(({ places }) => places.join() === first.places.join()) ? first.places : null;
}

function isOf(subject: string | number, target: string | number): boolean {
  if (typeof subject === 'number' || typeof target === 'number') return subject === target;
  const bytes = toBytePath(target);
  // Of a call that does not say from which directory its path starts.
  if (!subject.startsWith('/')) return bytes.endsWith(`/${subject}`);
  return isAtOrBelow(subject, bytes);
}

/** Absolute paths and descriptors that a call is about. */
function subjects(operation: Operation): (string | number)[] {
  switch (operation.op) {
    case 'write':
    case 'fallocate':
    case 'sync':
      return ofDescriptor(operation.file);
    case 'open':
    case 'mkdir':
    case 'mknod':
    case 'unlink':
    case 'symlink':
      return ofPath(operation.at);
    case 'rename':
    case 'link':
      return ofPath(operation.from);
    case 'truncate':
    case 'attributes':
      return 'fd' in operation.target ? ofDescriptor(operation.target) : ofPath(operation.target);
    case 'copy':
      return [...ofDescriptor(operation.from), ...ofDescriptor(operation.to)];
    default:
      return [];
  }
}

function ofDescriptor({ fd, describedAs }: Descriptor): (string | number)[] {
  return describedAs === null ? [fd] : [fd, describedAs];
}

function ofPath({ directory, currentDirectory, path }: PathAt): (string | number)[] {
  const from = directory === null ? currentDirectory : directory.describedAs;
  return [path.startsWith('/') || from !== null ? posix.resolve(from ?? '/', path) : posix.normalize(path)];
}

/** Library functions that make a system call, for calls that are made later, by another thread or for an object. */
const fitting: Partial<Record<Operation['op'], RegExp>> = {
  open: /open|write|append|copy|cp|mkdtemp/i,
  write: /write|append|copy|cp|end/i,
  truncate: /truncate/i,
  rename: /rename/i,
  link: /^link/i,
  symlink: /symlink/i,
  unlink: /unlink|^rm/i,
  mkdir: /mkdir|mkdtemp|cp/i,
  sync: /sync|flush/i,
  copy: /copy|cp/i,
  attributes: /ch(mod|own)|utimes|copy|cp/i,
  fallocate: /alloc/i,
};
