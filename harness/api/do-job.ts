import { probeUml } from '../../vm/uml/probe.js';
import { hostRunNeed, lackReport, missingFor } from '../doctor/need.js';
import { testTheTest } from '../mutants/test-the-test.js';
import { layTraces, traceToCheck } from '../run/check-trace.js';
import { asksForReplay } from '../run/engines.js';
import { recordTraces } from '../run/record-traces.js';
import { newResultsFolder } from '../run/run-folder.js';
import { runSession } from '../run/session.js';
import { straceLack } from '../run/strace-lack.js';
import type { LoadedScenario } from '../scenario/load.js';
import { type ScenarioInput, scenario } from '../scenario/schema.js';
import { workloadsFolder } from '../scenario/workloads-folder.js';
import { holdLanes } from '../state/machine-lanes.js';
import { UnavailableError } from '../verdict/errors.js';
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
      return testTheTest({
        loaded: loadedFrom(job.input),
        resultsFolder: newResultsFolder(job.out),
        workloads: workloadsFolder,
        replay: job.replay,
        signal,
      });
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

async function run(job: JobOf<'run'>, signal: AbortSignal): Promise<RunAnswer> {
  const { input, limits } = withinReach(job.input, job.require);
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
  );
  return { results, resultsFolder, limits };
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

/** The scenario as far as this machine can run it, and what is left out. */
export function withinReach(
  input: ScenarioInput,
  require: 'observed' | null,
): { input: ScenarioInput; limits: string[] } {
  const { engine, place, storage } = scenario.parse(input);
  if (!['auto', 'host'].includes(place) || !asksForReplay(scenario.parse(input)))
    return { input, limits: [] };
  const fileSystems = [...new Set(storage.map(({ fs }) => fs))];
  const missing = missingFor({ ...hostRunNeed(fileSystems), commands: ['nbdfuse'] });
  if (missing.length === 0) return { input, limits: [] };
  // A test does not download a kernel by itself.
  if (place === 'auto' && probeUml().ok) return { input, limits: [] };
  const lack = lackReport(missing);
  if (require === 'observed' || engine !== undefined) throw new UnavailableError(lack);
  const notEven = straceLack();
  if (notEven !== null) throw new UnavailableError(`${lack}\n${notEven}`);
  return {
    input: { ...input, engine: ['contract'] },
    limits: [
      `judged by system calls only: no crash state was recovered by ${fileSystems.join(', ')}, because this machine lacks ${missing.map(({ name }) => name).join(', ')} (plugpull doctor says what to do)`,
    ],
  };
}

function loadedFrom(input: ScenarioInput): LoadedScenario {
  return { file: null, folder: null, input, scenario: scenario.parse(input) };
}
