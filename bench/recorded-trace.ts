import { fileURLToPath } from 'node:url';
import { type ExplorableTrace, explorable } from '../harness/explore/recording.js';
import { hostRunPlace } from '../harness/run/recording/host-run-place.js';
import { type ScenarioInput, scenario } from '../harness/scenario/schema/scenario.js';
import { workloadsFolder } from '../harness/scenario/workloads-folder.js';
import { openTrace, type Trace } from '../harness/trace/trace.js';
import type { BenchContext } from './benchmark.js';

/** The benchmarks' own programs, in Python. */
export const programsFolder = fileURLToPath(new URL('../../bench/programs', import.meta.url));

/** A trace to explore, opened. */
export interface RecordedTrace {
  folder: string;
  trace: Trace;
  traced: ExplorableTrace;
}

/** Records a scenario on its first storage. */
export async function recordTrace(
  { lab, signal, say }: BenchContext,
  input: ScenarioInput,
): Promise<RecordedTrace> {
  const folder = lab.path(`trace-${input.name}`);
  say(`recording ${input.name}`);
  const { workload } = await hostRunPlace({}).record({
    loaded: { file: null, input, scenario: scenario.parse(input) },
    storageIndex: 0,
    recording: 0,
    traceFolder: folder,
    space: lab.space,
    workloads: workloadsFolder,
    signal,
  });
  if (workload?.exit_code !== 0) {
    throw new Error(`${input.name}: the workload ended with ${workload?.exit_code ?? workload?.signal}`);
  }
  const trace = openTrace(folder);
  return { folder, trace, traced: explorable(trace) };
}
