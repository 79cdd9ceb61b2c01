/**
 * The test of a test: the program's sync calls are deleted or displaced, one place after the other, and the test is
 * asked whether it notices.
 *
 * Assumes what the contract engine assumes: strace works here, and the program does the same in each run. Needs
 * neither root nor a disk, unless `replay` asks for one. A test that does not accept the program as it is cannot be
 * tested this way: then the result has no mutants, and says so.
 */
import { join } from 'node:path';
import { programEnvironment } from '../capture/environment.js';
import type { JudgedLog } from '../contract/judge-log.js';
import { locateCalls } from '../run/judging/judge-calls-of-trace.js';
import { runContractAlone } from '../run/judging/run-contract-alone.js';
import { refuseWhatIsNotThere } from '../run/planning/refusals.js';
import { writeJson } from '../run/planning/run-folder.js';
import { type LoadedScenario, scenarioFolder } from '../scenario/load.js';
import { type ScenarioInput, scenario } from '../scenario/schema/scenario.js';
import type { RunSpace } from '../state/run-space.js';
import { withRunSpace } from '../state/with-run-space.js';
import { CannotTellError } from '../verdict/errors.js';
import { toolVersion } from '../version.js';
import { mutantsOfHistory } from './judge-mutants.js';
import { lieOf } from './lie.js';
import { type Mutant, type MutantsResult, mutantsSchema, scoreOf } from './mutants-result.js';
import { replayLie } from './replay-lie.js';
import { type SyncPlace, syncPlaces } from './sync-places.js';

export interface MutantsOptions {
  loaded: LoadedScenario;
  /** For the trace and the result. */
  resultsFolder: string;
  workloads: string;
  /** Run the program again with each deleted call made a lie, on the scenario's first storage. */
  replay: boolean;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
  warn?: ((text: string) => void) | undefined;
}

/** Tests a scenario's test; the result is kept as `mutants.json` in the results folder, too. */
export async function testTheTest(options: MutantsOptions): Promise<MutantsResult> {
  const loaded = judgedByCalls(options.loaded);
  refuseWhatIsNotThere([loaded]);
  const result = await withRunSpace(
    (space) => inSpace({ ...options, asked: options.loaded, loaded, space }),
    options.warn ?? (() => {}),
  );
  writeJson(join(options.resultsFolder, 'mutants.json'), result);
  return result;
}

async function inSpace(
  options: MutantsOptions & { asked: LoadedScenario; space: RunSpace },
): Promise<MutantsResult> {
  const { loaded, asked, space, workloads, signal, onStep } = options;
  const runFolder = join(options.resultsFolder, `${loaded.scenario.name}--mutants`);
  const run = { loaded, storageIndex: 0, kernel: null, runFolder };
  const judged: JudgedProgram = await runContractAlone(run, { space, workloads, signal, onStep }, {}).catch(
    notJudged,
  );
  const start: Omit<MutantsResult, 'mutants' | 'score' | 'notes'> = {
    schema: mutantsSchema,
    tool: { name: 'plugpull', version: toolVersion },
    scenario: loaded.scenario.name,
    models: [...loaded.scenario.models],
    run: runFolder,
    baseline: {
      outcome: judged.outcome,
      notes: judged.notes,
      findings: judged.findings.map(({ property }) => property),
    },
  };
  const { history } = judged;
  if (judged.outcome === 'violation' || !history) {
    return { ...start, mutants: [], score: scoreOf([]), notes: [whyNone(judged)] };
  }
  const env = {
    ...process.env,
    ...programEnvironment(workloads, scenarioFolder(loaded)),
    ...space.environment,
    ...loaded.scenario.workload.env,
  };
  const workDir = space.newFolder('mutants');
  onStep?.('looking for source lines');
  const sources = await locateCalls({
    history,
    scenario: loaded.scenario,
    storageIndex: 0,
    env,
    workDir,
    signal,
  });
  const places = syncPlaces(history, sources);
  const { mutants, notes } = await mutantsOfHistory({
    scenario: loaded.scenario,
    history,
    sources,
    places,
    env,
    workDir,
    signal,
    onStep,
  });
  if (options.replay) await replayAll(mutants, places, judged, { ...options, loaded: asked });
  return { ...start, mutants, score: scoreOf(mutants), notes };
}

async function replayAll(
  mutants: readonly Mutant[],
  places: readonly SyncPlace[],
  { calls }: JudgedProgram,
  options: MutantsOptions,
): Promise<void> {
  const removals = mutants.filter(({ kind }) => kind === 'sync_removed');
  for (const [index, mutant] of removals.entries()) {
    options.onStep?.(`running with ${mutant.call} made a lie`);
    mutant.replay = await replayLie(lieOf(places[index]!, places, calls), {
      ...options,
      folder: join(options.resultsFolder, `lie-${mutant.id}`),
    });
  }
}

/** A test is judged by the system calls, wherever the scenario itself runs. */
function judgedByCalls(loaded: LoadedScenario): LoadedScenario {
  const { expect: _, place: __, recordings: ___, ...kept } = loaded.input;
  const input: ScenarioInput = { ...kept, engine: ['contract'] };
  return { ...loaded, input, scenario: scenario.parse(input) };
}

/** What is asked of the program as it is. */
type JudgedProgram = Pick<JudgedLog, 'outcome' | 'notes' | 'findings' | 'history' | 'calls'>;

/** A program of which nothing can be told is no fault of ours. */
function notJudged(error: unknown): JudgedProgram {
  if (!(error instanceof CannotTellError)) throw error;
  return { outcome: 'unknown', notes: [`unknown: ${error.message}`], findings: [], history: null, calls: [] };
}

function whyNone({ outcome, history }: JudgedProgram): string {
  if (outcome === 'violation') {
    return 'the test fails on the program as it is; mend that first: plugpull run explains it';
  }
  return history
    ? ''
    : 'unknown: the system calls of the program could not be followed, so nothing could be left out of them';
}
