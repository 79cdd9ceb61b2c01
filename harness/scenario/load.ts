import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../verdict/errors.js';
import { type Scenario, type ScenarioInput, scenario } from './schema.js';

/** A scenario as written and as understood. */
export interface LoadedScenario {
  /** The file, absolute; null when it was given on the command line. */
  file: string | null;
  input: ScenarioInput;
  scenario: Scenario;
}

/** Scenario files named directly or found in folders, sorted within a folder. */
export function findScenarioFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const full = resolve(path);
    let isFolder: boolean;
    try {
      isFolder = statSync(full).isDirectory();
    } catch {
      throw new UsageError(`scenario ${path}: no such file or folder`);
    }
    if (!isFolder) return [full];
    const found = readdirSync(full, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(full, name));
    if (found.length === 0)
      throw new UsageError(`scenario folder ${path}: expected .yaml files in it, found none`);
    return found;
  });
}

/** Reads one scenario file. An error names file, line, key, what was expected and what was found. */
export function loadScenario(file: string): LoadedScenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`scenario ${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return parseScenario(text, file);
}

export function parseScenario(text: string, file: string): LoadedScenario {
  const lines = new LineCounter();
  // Aliases are limited by the library (maxAliasCount), so that a hostile file cannot grow without bound.
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax)
    throw new UsageError(`${file}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split('\n')[0]}`);
  let input: unknown;
  try {
    input = document.toJS();
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
  const parsed = scenario.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => describe(issue, document, lines, input));
    throw new UsageError(problems.map((problem) => `${file}:${problem}`).join('\n'));
  }
  return { file, input: input as ScenarioInput, scenario: parsed.data };
}

/** The folder a scenario's relative paths start from. */
export function scenarioFolder({ file }: LoadedScenario): string | null {
  return file ? dirname(file) : null;
}

function describe(issue: z.core.$ZodIssue, document: Document, lines: LineCounter, input: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${lineOf(path, document, lines)}: key ${path.join('.')}: expected a known key, found ${JSON.stringify(key)}`;
    });
  }
  const found = valueAt(input, issue.path);
  const key = issue.path.length > 0 ? `key ${issue.path.join('.')}: ` : '';
  return [
    `${lineOf(issue.path, document, lines)}: ${key}${issue.message}, found ${JSON.stringify(found) ?? 'nothing'}`,
  ];
}

function lineOf(path: PropertyKey[], document: Document, lines: LineCounter): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined | null)?.[key],
    value,
  );
}
