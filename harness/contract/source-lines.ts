import { execFileSync } from 'node:child_process';
import { basename, isAbsolute } from 'node:path';
import type { Call } from '../syscalls/call.js';

/** Where in the program a system call comes from. */
export interface SourceLines {
  /** `prog.py:12`, a symbol for a compiled program, or null where nothing is known. */
  of(call: Call): string | null;
  /** Where the files that it names are: `prog.py` to its whole path. */
  readonly files: ReadonlyMap<string, string>;
}

/** Nothing is known. */
export const noSourceLines: SourceLines = { of: () => null, files: new Map() };

/**
 * Source lines that were found in a second, slower run of the same program (see `locate-sources.ts`), looked up by
 * what the call does; a program that does the same from two places is told apart by the order of its calls.
 */
export class KnownSourceLines implements SourceLines {
  private readonly byCall = new Map<Call, string>();
  readonly files = new Map<string, string>();

  /** @param pairs calls and their places, with the whole path where it is known */
  constructor(pairs: Iterable<readonly [Call, string]>) {
    for (const [call, place] of pairs) {
      const short = basename(place);
      this.byCall.set(call, short);
      if (isAbsolute(place)) this.files.set(short.replace(/:\d+$/, ''), place.replace(/:\d+$/, ''));
    }
  }

  of(call: Call): string | null {
    return this.byCall.get(call) ?? null;
  }
}

/**
 * The place a native stack of `strace -k` names: the innermost frame outside the C library, as a source line when
 * addr2line (binutils) is there and the program has line tables, else as a symbol. Null for interpreters.
 */
export function nativePlace(stack: readonly string[]): string | null {
  for (const frame of stack) {
    const match = /^(\/[^(]+?)\(([^+)]*)(?:\+0x[0-9a-f]+)?\) \[0x([0-9a-f]+)\]$/.exec(frame);
    if (!match) continue;
    const [, file, symbol, address] = match as unknown as [string, string, string, string];
    if (/\/(?:libc|libpthread|ld-linux|libstdc\+\+|libuv|vdso)[^/]*$/.test(file)) continue;
    if (/\/(?:python[0-9.]*|node|ruby|perl|bash|dash|sh|java)$/.test(file)) return null;
    return (
      lineOf(file, address) ?? (symbol === '' ? null : `${file.slice(file.lastIndexOf('/') + 1)}:${symbol}`)
    );
  }
  return null;
}

const lines = new Map<string, string | null>();

function lineOf(file: string, address: string): string | null {
  const key = `${file} ${address}`;
  const known = lines.get(key);
  if (known !== undefined) return known;
  let place: string | null = null;
  try {
    // The frame holds the return address; the call stands one byte before it.
    const before = (BigInt(`0x${address}`) - 1n).toString(16);
    const text = execFileSync('addr2line', ['-e', file, before], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const match = /^(.*[^/\n]:\d+)/.exec(text);
    if (match && !match[1]!.startsWith('??')) place = match[1]!;
  } catch {
    // binutils is not installed: the symbol has to do.
  }
  lines.set(key, place);
  return place;
}
