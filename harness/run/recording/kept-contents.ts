import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../verdict/results.js';

/** Of which runs the traces, and with them what the tested program wrote, stay in the results folder. */
export const keepChoices = ['all', 'failures', 'none'] as const;
export type Keep = (typeof keepChoices)[number];

/** The only thing in a run's folder that holds no file contents. */
const resultFile = 'result.json';

/**
 * Removes from finished runs what holds file contents: traces, recovered trees, output. What was found stays, in words;
 * a checker's words are its own. A run without its trace cannot be judged again, or be mounted.
 */
export function dropContents(runs: readonly RunResult[], keep: Keep): void {
  if (keep === 'all') return;
  for (const { run, verdict, met } of runs) {
    const failed = met === null ? verdict !== 'pass' : !met;
    if (keep === 'failures' && failed) continue;
    for (const name of readdirSync(run)) {
      if (name !== resultFile) rmSync(join(run, name), { recursive: true, force: true });
    }
  }
}
