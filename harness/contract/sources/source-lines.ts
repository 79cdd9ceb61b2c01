import { execFileSync } from 'node:child_process';
import { isAbsolute } from 'node:path';
import type { Call } from '../../syscalls/call.js';
import { hasSymbols, linkedAddress } from './elf-symbols.js';
import { inPackage, placeNames } from './place-names.js';
import { linesThatHandOn } from './wrappers.js';

/** Where in the program a system call comes from. */
export interface SourceLines {
  /** `src/prog.py:12`, a symbol for a compiled program, a command's name among those that a shell was told, or null where nothing is known. */
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
  /** The program is a shell script: its calls are made by other programs, and no line of it is known. */
  readonly isShell: boolean;
}

/** Nothing is known. */
export const noSourceLines: SourceLines = {
  of: () => null,
  callerOf: () => null,
  ownLineOf: () => null,
  placeOf: () => null,
  files: new Map(),
  isShell: false,
};

/** A caller as results have it. */
export function calledFrom(caller: string | null): { called_from?: string } {
  return caller === null ? {} : { called_from: caller };
}

interface Known {
  /** What tells one place from another. */
  place: string;
  /** The same as it is shown. */
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

  /**
   * @param found calls and their places, from the inside to the outside, with the whole path where it is known
   * @param ofCommands calls are made by commands that a shell was told
   */
  constructor(
    found: Iterable<readonly [Call, readonly string[]]>,
    readonly isShell = false,
    ofCommands = isShell,
  ) {
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
        place: short(first),
        // Among commands `mv` is what its reader knows; an offset in it is nobody's line.
        at: ofCommands ? short(first).replace(/\+0x[0-9a-f]+$/, '') : short(first),
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
    return known ? `${known.place}${known.handsOn ? ` ${known.caller}` : ''}` : null;
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
  /^\/rustc\/|\/rust(?:lib)?\/.*\/library\/|\/go(?:-[0-9.]+|lang[^/]*)?\/src\/(?:syscall|os|internal|runtime|io|bufio)\/|\/usr\/(?:lib|share|local)\/go[^/]*\/src\/|\/toolchain@[^/]*go[^/]*\/src\//;
const standardSymbols =
  /^(?:syscall|os|io|bufio|runtime|(?:runtime|internal|io|os)(?:\/[a-z0-9]+)+)\.|^_?_?(?:std|core)::/;

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
    const lines = linesOf(file, address);
    if (lines === null && hasSymbols(file) && onlyStarts(symbol, places)) break;
    const found = lines ?? barePlace(file, symbol, address);
    for (const place of found) if (places.at(-1) !== place) places.push(place);
    if (found.at(-1)?.endsWith(':main')) break;
  }
  return places;
}

/** What starts a program is nobody's caller; where lines are known, nor is a `main` without any, put around the program's. */
function onlyStarts(symbol: string, places: readonly string[]): boolean {
  return symbol === '_start' || (symbol === 'main' && places.some((place) => /:\d+$/.test(place)));
}

/** Without line tables: the symbol where the program has its own, else the offset. */
function barePlace(file: string, symbol: string, address: string): string[] {
  if (standardSymbols.test(symbol)) return [];
  const name = file.slice(file.lastIndexOf('/') + 1);
  if (!hasSymbols(file)) return [`${name}+0x${address}`];
  return symbol === '' ? [] : [`${name}:${symbol}`];
}

const known = new Map<string, readonly string[] | null>();

/**
 * The lines that an address stands for, from the inside to the outside: several where functions were inlined.
 * @returns null where the program has no line tables; none where only the standard library is there
 */
function linesOf(file: string, address: string): readonly string[] | null {
  const key = `${file} ${address}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  let lines: string[] | null = null;
  try {
    // The frame holds the return address; the call stands one byte before it.
    const at = linkedAddress(file, BigInt(`0x${address}`) - 1n).toString(16);
    const text = execFileSync('addr2line', ['-i', '-e', file, at], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const told = [...text.matchAll(/^(.*[^/\n]:\d+)/gm)].map(([, line]) => line!);
    if (told.length > 0 && !told[0]!.startsWith('??'))
      lines = told.filter((line) => !standardSources.test(line));
  } catch {
    // binutils is not installed: the symbol has to do.
  }
  known.set(key, lines);
  return lines;
}
