import type { Scenario } from '../scenario/schema.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';

/** What is judged without a checker. */
export interface Promises {
  snapshot: boolean;
  /** Globs relative to the program's directory. */
  files: string[];
  atomic: string[];
}

/** The promises of a scenario; a scenario that names neither a promise nor a checker promises a snapshot. */
export function promisesOf(scenario: Pick<Scenario, 'promise' | 'checker'>): Promises {
  if (scenario.promise) return scenario.promise;
  return { snapshot: !scenario.checker, files: [], atomic: [] };
}

/** Whether a path, or a directory above it, is one of those that count for nothing. */
export function isIgnored(path: BytePath, globs: readonly string[]): boolean {
  if (globs.length === 0) return false;
  const parts = path.split('/');
  return parts.some((_, index) => isNamed(parts.slice(0, index + 1).join('/'), globs));
}

/** Whether a path is one of those a promise names: `*` and `?` stay within a name, `**` crosses directories. */
export function isNamed(path: BytePath, globs: readonly string[]): boolean {
  const shown = displayPath(path);
  return globs.some((glob) => pattern(glob).test(shown));
}

const patterns = new Map<string, RegExp>();

function pattern(glob: string): RegExp {
  let known = patterns.get(glob);
  if (known) return known;
  const body = glob
    .replace(/^\.\//, '')
    .replace(/\*\*\/|\*\*|[*?]|[.+^${}()|[\]\\]/g, (token) => globTokens[token] ?? `\\${token}`);
  known = new RegExp(`^${body}$`, 's');
  patterns.set(glob, known);
  return known;
}

const globTokens: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };
