/**
 * A sync call made a lie: strace(1) lets the call return success without the kernel ever seeing it ("Tampering").
 *
 * strace counts calls by name, for each thread apart, or picks them by the path they are about; it cannot be told
 * a source line. So a place is made a lie by counting where one thread made all calls of that name, and by path where
 * no other place syncs the same; else it cannot be told apart.
 */

import { pathOf } from '../model/inode.js';
import { shellQuote } from '../scenario/shell-quote.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import type { SyncPlace } from './sync-places.js';

/** strace's arguments, or why there are none. */
export type Lie = { kind: 'lie'; arguments: string[] } | { kind: 'none'; reason: string };

/** Calls that can be left out without a trace: they return nothing but success. */
const lieable = new Set(['fsync', 'fdatasync', 'sync', 'syncfs', 'sync_file_range', 'msync']);

/**
 * How to make the calls of one place lies.
 * @param calls all calls of the judged run
 */
export function lieOf(place: SyncPlace, places: readonly SyncPlace[], calls: readonly Call[]): Lie {
  const wanted = new Set(place.steps.map(({ call }) => call));
  const names = [...new Set(place.steps.map(({ call }) => call.name))];
  const other = names.find((name) => !lieable.has(name));
  if (other) return { kind: 'none', reason: `${other} does more than sync` };
  const counted = names.map((name) => countedLie(name, wanted, calls));
  if (counted.every((lie) => lie !== null)) {
    return { kind: 'lie', arguments: [`-e`, `trace=${names.join(',')}`, ...counted.flat()] };
  }
  return lieByPath(place, places, names);
}

/** By number, where one thread made all of them and the numbers are in even steps. */
function countedLie(name: string, wanted: ReadonlySet<Call>, calls: readonly Call[]): string[] | null {
  const named = calls.filter((call) => call.name === name).sort((a, b) => a.enter - b.enter);
  if (new Set(named.map(({ pid }) => pid)).size !== 1) return null;
  const numbers = named.flatMap((call, index) => (wanted.has(call) ? [index + 1] : []));
  const [first, second] = numbers as [number, number?];
  const step = second === undefined ? 1 : second - first;
  if (numbers.some((number, index) => number !== first + index * step)) return null;
  const when = second === undefined ? `${first}` : `${first}..${numbers.at(-1)}+${step}`;
  return ['-e', `inject=${name}:retval=0:when=${when}`];
}

function lieByPath(place: SyncPlace, places: readonly SyncPlace[], names: readonly string[]): Lie {
  const own = pathsOf(place);
  const shared = places.some((other) => other !== place && [...pathsOf(other)].some((path) => own.has(path)));
  if (own.size === 0 || shared) {
    return { kind: 'none', reason: 'several threads sync, and strace cannot tell their calls apart' };
  }
  return {
    kind: 'lie',
    arguments: [
      ...[...own].flatMap((path) => ['-P', path === '.' ? '$PWD' : `$PWD/${displayPath(path)}`]),
      '-e',
      `trace=${names.join(',')}`,
      ...names.flatMap((name) => ['-e', `inject=${name}:retval=0`]),
    ],
  };
}

/** As they were when the calls were made: what is synced first takes its name afterwards. */
function pathsOf({ steps }: SyncPlace): Set<BytePath> {
  return new Set(steps.flatMap(({ sync }) => (sync?.inode ? [sync.path ?? pathOf(sync.inode)] : [])));
}

/**
 * A shell command that runs another one with its calls made lies.
 * @param log where strace notes what it was told to, outside the crash disk
 */
export function lyingCommand(command: string, lie: Lie & { kind: 'lie' }, log: string): string {
  const words = ['strace', '-f', '--seccomp-bpf', '-qq', '-e', 'signal=none', '-o', log];
  const quoted = [...words, ...lie.arguments].map((word) =>
    word.startsWith('$PWD') ? `"$PWD"${shellQuote(word.slice('$PWD'.length))}` : shellQuote(word),
  );
  return [...quoted, '/bin/sh', '-c', shellQuote(command)].join(' ');
}
