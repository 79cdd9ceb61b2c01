import { isUtf8 } from 'node:buffer';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument, visit, type YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../verdict/errors.js';
import { keyName, problemsOf, shownValue } from '../verdict/problems.js';
import { readBounded } from '../verdict/read-bounded.js';
import { type Scenario, type ScenarioInput, scenario } from './schema/scenario.js';

/** A scenario as written and as understood. */
export interface LoadedScenario {
  /** The file, absolute; null when it was given on the command line. */
  file: string | null;
  /** Where its relative paths start, if not in the file's folder. */
  folder?: string | null | undefined;
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
  return parseScenario(readText(file, 'scenario'), file);
}

/** Many times what anybody writes by hand. */
const mostBytes = 16 * 1024 * 1024;

/** @throws UsageError where it cannot be read, or is not UTF-8; `what` it is, for that */
export function readText(file: string, what: string): string {
  let bytes: Buffer;
  try {
    bytes = readBounded(file, mostBytes);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${what} ${file}: cannot be read (${code ?? message})`);
  }
  if (!isUtf8(bytes)) {
    const line = linesOf(bytes).findIndex((part) => !isUtf8(part)) + 1;
    throw new UsageError(`${file}:${line}: expected UTF-8, found other bytes`);
  }
  return bytes.toString('utf8');
}

export function parseScenario(text: string, file: string): LoadedScenario {
  const { input, parsed } = parseYaml(scenario, text, file);
  return { file, input: input as ScenarioInput, scenario: parsed };
}

/** @throws UsageError naming file, line, key, what was expected and what was found */
export function parseYaml<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  file: string,
): { input: unknown; parsed: z.output<Schema> } {
  const lines = new LineCounter();
  // Aliases are limited by the library (maxAliasCount), so that a hostile file cannot grow without bound.
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const [syntax] = document.errors;
  if (syntax) throw new UsageError(`${file}:${lines.linePos(syntax.pos[0]).line}: ${syntaxInWords(syntax)}`);
  let input: unknown;
  try {
    input = document.toJS();
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`${file}:${lineOfAlias(message, document, lines)}: ${message}`);
  }
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const { told, untold } = problemsOf(parsed.error, input, schema);
    const said = told.map(({ path, expected, found, guess }) => {
      const key = path.length > 0 ? `key ${keyName(path)}: ` : '';
      return `${file}:${lineOf(path, document, lines)}: ${key}expected ${expected}, found ${shownValue(found)}${guess}`;
    });
    const more = untold > 0 ? [`${file}: and ${untold} more of this kind`] : [];
    throw new UsageError([...said, ...more].join('\n'));
  }
  // No program takes one in its arguments, its environment or a path.
  const nul = /\\(?:0|x00|u0000)/.exec(text);
  if (nul && JSON.stringify(parsed.data)?.includes('\\u0000')) {
    throw new UsageError(
      `${file}:${lines.linePos(nul.index).line}: expected text without NUL, found ${nul[0]}`,
    );
  }
  return { input, parsed: parsed.data };
}

/** What the library says of a file that is no YAML, to somebody who does not call the library. */
function syntaxInWords({ code, message }: YAMLParseError): string {
  if (code === 'MULTIPLE_DOCS') return 'expected one document, found another one behind ---';
  if (code === 'RESOURCE_EXHAUSTION')
    return 'expected values that a scenario has, found some nested hundreds deep';
  return message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
}

/** The folder a scenario's relative paths start from. */
export function scenarioFolder({ file, folder }: Pick<LoadedScenario, 'file' | 'folder'>): string | null {
  if (folder !== undefined) return folder;
  return file ? dirname(file) : null;
}

function linesOf(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return parts;
}

/** Where the alias is that an error of the YAML library speaks of by name, else the first one. */
function lineOfAlias(message: string, document: Document, lines: LineCounter): number {
  const name = /^Unresolved alias .*: (.*)$/.exec(message)?.[1];
  let line = 1;
  visit(document, {
    Alias(_, node) {
      if (!node.range || (name !== undefined && node.source !== name)) return undefined;
      line = lines.linePos(node.range[0]).line;
      return visit.BREAK;
    },
  });
  return line;
}

function lineOf(path: PropertyKey[], document: Document, lines: LineCounter): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
