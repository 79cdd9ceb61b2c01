import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeenState } from '../explore/recovered-trees.js';
import type { KeptState } from './judge-trace.js';
import { writeJson } from './run-folder.js';

/** Keeps crash states by id, beside those of the findings, for `plugpull mount`. */
export function keepStates(runFolder: string, shown: ReadonlyMap<string, SeenState>): void {
  const path = join(runFolder, 'states.json');
  const states = JSON.parse(readFileSync(path, 'utf8')) as Record<string, KeptState>;
  for (const [id, { point, lost }] of shown) states[id] = { point, lost, nested: false };
  writeJson(path, states);
}
