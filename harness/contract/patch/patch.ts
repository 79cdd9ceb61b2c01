/**
 * A sync call as a line to paste into the program. It names what the program's own line names, so it is given only where
 * that tells how: else words have to do.
 */
import { readFileSync } from 'node:fs';
import type { Patch } from '../../verdict/finding.js';
import type { PatchWriter } from './asked.js';
import { callInCondition } from './brace-block.js';
import { cPatch } from './c.js';
import { goPatch } from './go.js';
import { nodePatch } from './node.js';
import { whereInstead } from './node-callback.js';
import { pythonPatch } from './python.js';
import { rustPatch } from './rust.js';
import { endOfWithBlock, startOfWithBlock } from './with-block.js';

const writers: Record<string, PatchWriter> = {
  py: pythonPatch,
  js: nodePatch,
  mjs: nodePatch,
  cjs: nodePatch,
  ts: nodePatch,
  mts: nodePatch,
  c: cPatch,
  cc: cPatch,
  cpp: cPatch,
  cxx: cPatch,
  rs: rustPatch,
  go: goPatch,
};

const braced: Record<string, 'go' | 'c'> = { go: 'go', c: 'c', cc: 'c', cpp: 'c', cxx: 'c' };

/** The call that is missing. */
export interface MissingSync {
  /** The line of the call that it has to follow: `prog.py:12`. */
  after: string;
  target: 'file' | 'directory';
  /** What it syncs, from the workload's directory. */
  path: string;
}

/**
 * @param file the whole path of the program's file
 * @returns null where no line can be given that is sure to work as it stands
 */
export function patchFor({ after, target, path }: MissingSync, file: string | undefined): Patch | null {
  const [, name, extension, number] = /^(.*\.([a-z]+)):(\d+)$/.exec(after) ?? [];
  const write = extension === undefined ? undefined : writers[extension];
  const lines = file === undefined ? null : linesOf(file);
  if (!write || !lines) return null;
  const text = lines[Number(number) - 1];
  if (text === undefined) return null;
  const language = braced[extension!];
  const inCondition = language ? callInCondition(lines, Number(number), language) : null;
  const statement = inCondition?.statement ?? text;
  const line = write({ line: statement, source: lines.join('\n'), target, path });
  if (line === null) return null;
  const python = target === 'directory' ? startOfWithBlock : endOfWithBlock;
  const last = inCondition?.closedBy ?? (extension === 'py' ? python(lines, Number(number)) : Number(number));
  return last === null ? null : { after: `${name}:${last}`, line };
}

/** Behind the words of a fix without a line: where the call belongs, if not right behind that line; mostly empty. */
export function whereElse({ after, target }: Omit<MissingSync, 'path'>, file: string | undefined): string {
  const [, extension = '', number] = /\.([a-z]+):(\d+)$/.exec(after) ?? [];
  const lines = writers[extension] === nodePatch && file !== undefined ? linesOf(file) : null;
  const line = lines?.[Number(number) - 1];
  return line === undefined ? '' : whereInstead({ line, source: lines!.join('\n'), target });
}

/** null: the program may have run elsewhere. */
function linesOf(path: string): string[] | null {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return null;
  }
}
