import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSession } from '../run/session.js';
import type { LoadedScenario } from '../scenario/load.js';
import { type ScenarioInput, scenario } from '../scenario/schema/scenario.js';
import { type Lie, lyingCommand } from './lie.js';
import type { MutantReplay } from './mutants-result.js';

/** Runs the scenario on its first storage with a place's sync calls made lies, and says what the test makes of it. */
export async function replayLie(
  lie: Lie,
  of: {
    loaded: LoadedScenario;
    /** An own folder for the results. */
    folder: string;
    workloads: string;
    signal?: AbortSignal | undefined;
  },
): Promise<MutantReplay> {
  if (lie.kind === 'none') return { result: 'unknown', reason: lie.reason, run: null };
  mkdirSync(of.folder, { recursive: true });
  const log = join(of.folder, 'lies.strace');
  const results = await runSession({
    scenarios: [lyingScenario(of.loaded, lie, log)],
    resultsFolder: of.folder,
    workloads: of.workloads,
    calibrate: true,
    signal: of.signal,
    observer: {},
  });
  const [run] = results.runs;
  if (!run) return { result: 'unknown', reason: 'it did not run', run: null };
  const told = existsSync(log) ? (readFileSync(log, 'utf8').match(/\(INJECTED\)$/gm)?.length ?? 0) : 0;
  if (told === 0) return { result: 'unknown', reason: 'strace made no call a lie', run: run.run };
  const [finding] = run.findings;
  switch (run.verdict) {
    case 'violation':
      return { result: 'killed', reason: finding?.property ?? 'the promise was broken', run: run.run };
    case 'pass':
      return {
        result: 'survived',
        reason: `no loss was found on ${run.storage}: ${run.coverage.map(({ scope }) => scope).join('; ')}`,
        run: run.run,
      };
    case 'unknown':
      return { result: 'unknown', reason: run.notes[0] ?? 'the run was unknown', run: run.run };
  }
}

function lyingScenario(loaded: LoadedScenario, lie: Lie & { kind: 'lie' }, log: string): LoadedScenario {
  const { expect: _, ...kept } = loaded.input;
  const { server, workload } = kept;
  const lying = (run: string): string => lyingCommand(run, lie, log);
  const input: ScenarioInput = {
    ...kept,
    ...(server
      ? { server: { ...server, run: lying(server.run ?? '') } }
      : { workload: { ...workload, run: lying(workload?.run ?? '') } }),
    engine: ['replay'],
    storage: [(kept.storage ?? [{}])[0]!],
  };
  return { ...loaded, input, scenario: scenario.parse(input) };
}
