import { execFileSync } from 'node:child_process';
import { isAbsolute } from 'node:path';
import type { Call } from '../syscalls/call.js';
import { hasSymbols } from './sources/elf-symbols.js';
import { inPackage, placeNames } from './sources/place-names.js';
import { linesThatHandOn } from './sources/wrappers.js';

/** Where in the program a system call comes from. */
export interface SourceLines {
  /** `src/prog.py:12`, a symbol for a compiled program, or null where nothing is known. */
  of(call: Call): string | null;
  /**
   * Where a line that only hands on what it was told (a package, a wrapper) was called from, or one in another file than
   * its caller; null where nobody else is to be named.
   */
  callerOf(call: Call): string | null;
  /** The line of the program itself that something is to be put behind: the caller's, where the line is a package's. */
  ownLineOf(call: Call): string | null;
  /** Findings of calls from one line are one finding; a line that only hands on is as many as its callers. */
  placeOf(call: Call): string | null;
  /** Where the files that it names are: `src/prog.py` to its whole path. */
  readonly files: ReadonlyMap<string, string>;
}

/** Nothing is known. */
export const noSourceLines: SourceLines = {
  of: () => null,
  callerOf: () => null,
  ownLineOf: () => null,
  placeOf: () => null,
  files: new Map(),
};

/** A caller as results have it. */
export function calledFrom(caller: string | null): { called_from?: string } {
  return caller === null ? {} : { called_from: caller };
}

interface Known {
  at: string;
  caller: string | null;
  handsOn: boolean;
  packaged: boolean;
}

/**
 * Source lines that were found in a second, slower run of the same program (see `locate-sources.ts`), looked up by
 * what the call does; a program that does the same from two places is told apart by the order of its calls.
 */
export class KnownSourceLines implements SourceLines {
  private readonly byCall = new Map<Call, Known>();
  readonly files = new Map<string, string>();

  /** @param found calls and their places, from the inside to the outside, with the whole path where it is known */
  constructor(found: Iterable<readonly [Call, readonly string[]]>) {
    const pairs = [...found].filter(([, places]) => places.length > 0);
    const names = placeNames(pairs.flatMap(([, places]) => places.map(fileOf)));
    const wrappers = linesThatHandOn(pairs);
    const short = (place: string): string =>
      `${names.get(fileOf(place))!}${place.slice(fileOf(place).length)}`;
    for (const [call, places] of pairs) {
      const [first] = places as [string];
      const packaged = inPackage(fileOf(first)) !== null;
      const handsOn = packaged || wrappers.has(first);
      const caller = callerAmong(places, handsOn);
      this.byCall.set(call, {
        at: short(first),
        caller: caller === null ? null : short(caller),
        handsOn: handsOn && caller !== null,
        packaged,
      });
      for (const place of [first, ...(caller === null ? [] : [caller])])
        if (isAbsolute(place)) this.files.set(names.get(fileOf(place))!, fileOf(place));
    }
  }

  of(call: Call): string | null {
    return this.byCall.get(call)?.at ?? null;
  }

  callerOf(call: Call): string | null {
    return this.byCall.get(call)?.caller ?? null;
  }

  ownLineOf(call: Call): string | null {
    const known = this.byCall.get(call);
    return known?.packaged ? known.caller : (known?.at ?? null);
  }

  placeOf(call: Call): string | null {
    const known = this.byCall.get(call);
    return known ? `${known.at}${known.handsOn ? ` ${known.caller}` : ''}` : null;
  }
}

/** What a line lies in, an offset (`git+0x1f3a0`), or a symbol (`git:main`). */
function fileOf(place: string): string {
  return place.replace(/:\d+$|\+0x[0-9a-f]+$|(?<=^[^/:]+):.*$/, '');
}

/** Whoever called a package, another line than one that only hands on, or another file. */
function callerAmong([first, ...outer]: readonly string[], handsOn: boolean): string | null {
  const isPackages = (place: string): boolean => inPackage(fileOf(place)) !== null;
  if (isPackages(first!)) return outer.find((place) => !isPackages(place)) ?? null;
  const next = outer.find((place) => (handsOn ? place !== first : fileOf(place) !== fileOf(first!)));
  return next === undefined || isPackages(next) ? null : next;
}

const systemLibraries = /\/(?:libc|libpthread|ld-linux|ld-musl|libstdc\+\+|libgcc_s|libuv|vdso)[^/]*$/;
const interpreters = /\/(?:python[0-9.]*|node|ruby|perl|bash|dash|sh|java)$/;
/** What a language brings along lies between a program and the kernel. */
const standardSources =
  /^\/rustc\/|\/rust(?:lib)?\/.*\/library\/|\/go(?:-[0-9.]+|lang[^/]*)?\/src\/(?:syscall|os|internal|runtime|io|bufio)\/|\/usr\/(?:lib|share|local)\/go[^/]*\/src\//;
const standardSymbols = /^(?:syscall|os|internal\/[a-z]+|runtime|io|bufio)\.|^_?_?(?:std|core)::/;

/**
 * The places a native stack of `strace -k` names, from the inside to the outside, beginning outside of the C library: source
 * lines where addr2line (binutils) is there and the program has line tables, else symbols; of a program or library without
 * symbols the offset, since the nearest exported name would be somebody else's. None for interpreters.
 */
export function nativePlaces(stack: readonly string[]): string[] {
  const places: string[] = [];
  for (const frame of stack) {
    const match = /^(\/[^(]+?)\(([^+)]*)(?:\+0x[0-9a-f]+)?\) \[0x([0-9a-f]+)\]$/.exec(frame);
    if (!match) continue;
    const [, file, symbol, address] = match as unknown as [string, string, string, string];
    if (systemLibraries.test(file)) continue;
    if (interpreters.test(file)) return places;
    const line = lineOf(file, address);
    if (standardSources.test(line ?? '') || (line === null && standardSymbols.test(symbol))) continue;
    const name = file.slice(file.lastIndexOf('/') + 1);
    const place =
      line ?? (hasSymbols(file) ? (symbol === '' ? null : `${name}:${symbol}`) : `${name}+0x${address}`);
    if (place !== null && places.at(-1) !== place) places.push(place);
    if (place?.endsWith(':main')) break;
  }
  return places;
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
