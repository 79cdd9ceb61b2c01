import { writeMutantsPage } from '../../reports/mutants-page.js';
import { hostRunNeed, lackReport, missingFor } from '../doctor/need.js';
import type { MutantsResult } from '../mutants/mutants-result.js';
import { testTheTest } from '../mutants/test-the-test.js';
import { layTraces, traceToCheck } from '../run/check-trace.js';
import { asksForReplay } from '../run/planning/engines.js';
import { dropIfUnused, newResultsFolder } from '../run/planning/run-folder.js';
import { straceLack } from '../run/planning/strace-lack.js';
import { recordTraces } from '../run/record-traces.js';
import { runSession } from '../run/session.js';
import type { LoadedScenario } from '../scenario/load.js';
import { type ScenarioInput, scenario } from '../scenario/schema/scenario.js';
import { workloadsFolder } from '../scenario/workloads-folder.js';
import { holdLanes } from '../state/machine-lanes.js';
import { PlugpullError, UnavailableError } from '../verdict/errors.js';
import type { Answers, Job, RunAnswer } from './jobs.js';

type JobOf<Kind extends Job['kind']> = Job & { kind: Kind };

/** Does what a job asks for. @throws the errors of whatever it asks for */
export async function doJob(job: Job, signal: AbortSignal): Promise<Answers[keyof Answers]> {
  switch (job.kind) {
    case 'run':
      return run(job, signal);
    case 'check':
      return check(job, signal);
    case 'mutants':
      return mutants(job, signal);
    case 'record':
      return recordTraces({
        scenarios: [loadedFrom(job.input)],
        out: job.out,
        workloads: workloadsFolder,
        signal,
        onStep: () => {},
        warn: () => {},
      });
  }
}

async function mutants(
  { input, out, replay }: JobOf<'mutants'>,
  signal: AbortSignal,
): Promise<MutantsResult> {
  const resultsFolder = newResultsFolder(out);
  const loaded = loadedFrom(input);
  const result = await testTheTest({ loaded, resultsFolder, workloads: workloadsFolder, replay, signal });
  writeMutantsPage(resultsFolder, result);
  return result;
}

async function run(job: JobOf<'run'>, signal: AbortSignal): Promise<RunAnswer> {
  const answer = async (input: ScenarioInput, limits: string[]): Promise<RunAnswer> => {
    const resultsFolder = newResultsFolder(job.out);
    const results = await onLanes(job.lanes, signal, (lanes) =>
      runSession({
        scenarios: [loadedFrom(input)],
        resultsFolder,
        workloads: workloadsFolder,
        lanes,
        calibrate: job.calibrate,
        signal,
        observer: {},
      }),
    ).catch((error: unknown) => {
      if (error instanceof PlugpullError) dropIfUnused(resultsFolder);
      throw error;
    });
    return { results, resultsFolder, limits };
  };
  const lesser = (lack: string): Promise<RunAnswer> => {
    const { input, limit } = byCallsAlone(job.input, job.require, lack);
    return answer(input, [limit]);
  };
  const lack = hostLack(job.input);
  if (lack !== null && scenario.parse(job.input).place === 'host') return lesser(lack);
  try {
    const elsewhere = `recorded in a guest, because this machine lacks: ${lack}`;
    return await answer(job.input, lack === null ? [] : [elsewhere]);
  } catch (error) {
    // Not even a guest can be had.
    if (lack === null || !(error instanceof UnavailableError)) throw error;
    return lesser(error.message);
  }
}

async function check(job: JobOf<'check'>, signal: AbortSignal): Promise<RunAnswer> {
  const traces = job.traces.map((folder) =>
    traceToCheck(folder, {
      inGuest: false,
      change: (loaded) => ({ ...loaded, ...loadedFrom({ ...loaded.input, ...job.input }) }),
    }),
  );
  const resultsFolder = newResultsFolder(job.out);
  await layTraces(traces, resultsFolder, workloadsFolder);
  const results = await onLanes(job.lanes, signal, (lanes) =>
    runSession({
      scenarios: traces.map(({ loaded }) => loaded),
      resultsFolder,
      workloads: workloadsFolder,
      lanes,
      calibrate: true,
      resume: true,
      signal,
      observer: {},
    }),
  );
  return { results, resultsFolder, limits: [] };
}

/** Test files that run side by side take turns: more lanes than cores would only make each other slow. */
async function onLanes<T>(
  wanted: number | null,
  signal: AbortSignal,
  action: (lanes: number) => Promise<T>,
): Promise<T> {
  const held = await holdLanes(wanted ?? undefined, signal);
  try {
    return await action(wanted ?? held.count);
  } finally {
    held.release();
  }
}

/** What the host lacks for crash states that are to be seen on it or wherever they can; null when nothing. */
function hostLack(input: ScenarioInput): string | null {
  const asked = scenario.parse(input);
  if (!['auto', 'host'].includes(asked.place) || !asksForReplay(asked)) return null;
  const fileSystems = [...new Set(asked.storage.map(({ fs }) => fs))];
  const missing = missingFor({ ...hostRunNeed(fileSystems), commands: ['nbdfuse'] });
  return missing.length === 0 ? null : lackReport(missing);
}

/**
 * The scenario judged by system calls alone, and what is left out then.
 * @throws UnavailableError where less was ruled out, or not even that can be done here
 */
function byCallsAlone(
  input: ScenarioInput,
  require: 'observed' | null,
  lack: string,
): { input: ScenarioInput; limit: string } {
  const { engine, storage } = scenario.parse(input);
  if (require === 'observed' || engine !== undefined) throw new UnavailableError(lack);
  const notEven = straceLack();
  if (notEven !== null) throw new UnavailableError(`${lack}\n${notEven}`);
  const fileSystems = [...new Set(storage.map(({ fs }) => fs))].join(', ');
  return {
    input: { ...input, engine: ['contract'] },
    limit: `judged by system calls only: no crash state was recovered by ${fileSystems}, because this machine lacks: ${lack}`,
  };
}

function loadedFrom(input: ScenarioInput): LoadedScenario {
  return { file: null, folder: null, input, scenario: scenario.parse(input) };
}
