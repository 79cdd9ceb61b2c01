import type { Test } from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';

/** Every recovered tree of a run was held against its file system's model, which allows them all. */
export function allowedByModel(t: Test, run: RunResult): void {
  const check = run.coverage.find(({ engine }) => engine === 'replay')!.model_check!;
  t.ok(
    check.checked > 1 && check.checked === check.recovered_states && check.not_allowed === 0,
    `${run.scenario} on ${run.storage}: ${JSON.stringify(check)}`,
  );
}
