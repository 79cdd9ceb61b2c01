import { execFileSync } from 'node:child_process';
import { basename, isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { shellQuote } from '../scenario/shell-quote.js';
import { UsageError } from '../verdict/errors.js';
import { nodeArguments } from './node-arguments.js';
import { withoutRunner } from './runner-environment.js';
import type { CommandTarget, Target } from './target.js';

/** A target as commands of a scenario. */
export interface Programs {
  name: string;
  run: string;
  ackStdout: string | null;
  /** Command of a persistent checker. */
  checker: string | null;
}

/** @throws UsageError for a target that cannot be run */
export function programsOf(target: Target): Programs {
  return typeof target === 'string' || target instanceof URL
    ? programsOfModule(pathOfModule(target))
    : programsOfCommand(target);
}

function pathOfModule(target: URL | string): string {
  if (target instanceof URL || target.startsWith('file:')) return fileURLToPath(target);
  if (isAbsolute(target)) return target;
  throw new UsageError(
    `expected a file URL such as new URL('./save.crash.js', import.meta.url), or an absolute path, got ${JSON.stringify(target)}`,
  );
}

function programsOfModule(path: string): Programs {
  const node = [process.execPath, ...nodeArguments(path)];
  const url = pathToFileURL(path).href;
  const command = (program: string): string =>
    [...node, fileURLToPath(new URL(`./child/${program}.js`, import.meta.url)), url]
      .map(shellQuote)
      .join(' ');
  const { workload, check } = exportsOf(path, node, url);
  if (!workload) {
    throw new UsageError(
      `${path}: expected a function as default export, the workload: export default async (ack) => { ... }`,
    );
  }
  return {
    name: nameOf(path),
    run: `exec ${command('workload-program')}`,
    ackStdout: null,
    checker: check ? `exec ${command('check-program')}` : null,
  };
}

function exportsOf(
  path: string,
  node: readonly string[],
  url: string,
): { workload: boolean; check: boolean } {
  const program = fileURLToPath(new URL('./child/exports-program.js', import.meta.url));
  const [executable, ...words] = [...node, program, url];
  try {
    const said = execFileSync(executable!, words, {
      encoding: 'utf8',
      env: withoutRunner(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    return JSON.parse(said.trim().split('\n').at(-1)!) as { workload: boolean; check: boolean };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const line = stderr?.split('\n').find((text) => /^\w*Error\b/.test(text)) ?? message.split('\n')[0];
    throw new UsageError(`${path} cannot be loaded: ${line}`, { cause: error });
  }
}

function programsOfCommand({ command, ackStdout }: CommandTarget): Programs {
  const words = command.map((word) => (word instanceof URL ? fileURLToPath(word) : word));
  if (words.length === 0) throw new UsageError('command: expected a program and its arguments, got none');
  return {
    name: nameOf(words.findLast((word) => /\.\w+$/.test(word)) ?? words[0]!),
    run: `exec ${words.map(shellQuote).join(' ')}`,
    ackStdout: ackStdout === undefined ? null : patternOf(ackStdout),
    checker: null,
  };
}

function patternOf(pattern: RegExp | string): string {
  if (typeof pattern === 'string') return pattern;
  if (pattern.flags !== '') {
    throw new UsageError(`ackStdout: expected a regular expression without flags, got ${pattern}`);
  }
  return pattern.source;
}

/** `save` of `/src/save.crash.ts`. */
function nameOf(path: string): string {
  const name = basename(path)
    .replace(/(?:\.crash)?\.\w+$/, '')
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
  return name || 'program';
}
