import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeenState } from '../../explore/recovered-trees.js';
import { writeJson } from '../planning/run-folder.js';

/** Where the crash state of a finding, or of a recovery that was lost, is kept: what `plugpull mount` needs. */
export interface KeptState {
  point: number;
  lost: number[];
  nested: boolean;
}

export function writeStates(runFolder: string, states: Readonly<Record<string, KeptState>>): void {
  writeFileSync(join(runFolder, 'states.json'), JSON.stringify(states));
}

export function readStates(runFolder: string): Record<string, KeptState> {
  return JSON.parse(readFileSync(join(runFolder, 'states.json'), 'utf8')) as Record<string, KeptState>;
}

/** Keeps crash states by id, beside those of the findings, for `plugpull mount`. */
export function keepStates(runFolder: string, shown: ReadonlyMap<string, SeenState>): void {
  const states = readStates(runFolder);
  for (const [id, { point, lost }] of shown) states[id] = { point, lost, nested: false };
  writeJson(join(runFolder, 'states.json'), states);
}
