import { noSourceLines } from '../../harness/contract/sources/source-lines.js';
import { mutantsOfHistory } from '../../harness/mutants/judge-mutants.js';
import type { Mutant } from '../../harness/mutants/mutants-result.js';
import { syncPlaces } from '../../harness/mutants/sync-places.js';
import { type ScenarioInput, scenario } from '../../harness/scenario/schema/scenario.js';
import { replayWritten } from '../contract/written-trace.js';

/** The mutants of a program written as strace would show it; a snapshot promise unless told otherwise. */
export async function mutantsOfWritten(
  calls: readonly string[],
  of: { files?: Record<string, string>; test?: Partial<ScenarioInput>; workDir?: string } = {},
): Promise<{ mutants: Mutant[]; notes: string[] }> {
  const history = replayWritten(calls, of.files);
  return mutantsOfHistory({
    scenario: scenario.parse({ name: 'written', workload: { run: 'true' }, ...of.test }),
    history,
    sources: noSourceLines,
    places: syncPlaces(history, noSourceLines),
    env: process.env,
    workDir: of.workDir ?? '/nonexistent',
  });
}

/** A line a mutant, as a test compares it: `killed: fsync(a) is not made`. */
export function inShort(mutants: readonly Mutant[]): string[] {
  return mutants.map(({ result, why, change }) => `${why ?? result}: ${change}`);
}
