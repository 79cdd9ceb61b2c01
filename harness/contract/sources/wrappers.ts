/**
 * Lines that hand on what they were told, such as `fn(...args, callback)`: calls of more than one family come from there, and
 * the line names none of them.
 */
import { readFileSync } from 'node:fs';
import type { Call, Operation } from '../../syscalls/call.js';

const families: Partial<Record<Operation['op'], string>> = {
  rename: 'names',
  link: 'links',
  symlink: 'links',
  unlink: 'removals',
  mkdir: 'directories',
  open: 'contents',
  write: 'contents',
  copy: 'contents',
  truncate: 'contents',
  sync: 'contents',
};
const namesOne = /write|open|append|copy|rename|replace|move|unlink|remove|rm|link|mkdir|sync|truncate/i;

/** @param calls with their places, from the inside to the outside */
export function linesThatHandOn(calls: readonly (readonly [Call, readonly string[]])[]): Set<string> {
  const seen = new Map<string, Set<string>>();
  for (const [{ operation }, [place]] of calls) {
    const family = families[operation.op];
    if (place !== undefined && family !== undefined)
      seen.set(place, (seen.get(place) ?? new Set()).add(family));
  }
  const text = lineReader();
  const handOn = [...seen].filter(([place, of]) => of.size > 1 && !namesOne.test(text(place) ?? 'open'));
  return new Set(handOn.map(([place]) => place));
}

function lineReader(): (place: string) => string | undefined {
  const files = new Map<string, string[]>();
  return (place) => {
    const [, file, line] = /^(.+):(\d+)$/.exec(place) ?? [];
    if (file === undefined) return undefined;
    if (!files.has(file)) files.set(file, linesOf(file));
    return files.get(file)![Number(line) - 1];
  };
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
