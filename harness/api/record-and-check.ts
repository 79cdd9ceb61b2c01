import type { RecordedTrace } from '../run/record-traces.js';
import type { ScenarioInput } from '../scenario/schema/scenario.js';
import type { CrashTestResult } from './crash-test.js';
import type { CrashTestOptions } from './options.js';
import type { Target } from './target.js';

/**
 * Records a program without judging it.
 * @param options `out`: an own folder for the trace, or for several recordings the folder for theirs
 * @returns the traces, for `check` here or on another machine
 */
export async function record(
  target: Target,
  options: CrashTestOptions & { out: string },
): Promise<RecordedTrace[]> {
  const { scenarioFor } = await import('./scenario-for.js');
  const { askSession } = await import('./ask-session.js');
  return askSession(
    { kind: 'record', input: scenarioFor(target, options), out: options.out },
    options.signal,
  );
}

/** What can be changed when a trace is judged again. */
export type CheckOptions = Pick<
  CrashTestOptions,
  'promise' | 'checker' | 'explore' | 'models' | 'engine' | 'expect' | 'signal' | 'out' | 'lanes'
>;

/** Judges traces, by their own scenario or with some of its keys changed; look at `verdict` of the result. */
export async function check(
  traces: string | readonly string[],
  options: CheckOptions = {},
): Promise<CrashTestResult> {
  const { snakeCased } = await import('./camel-case.js');
  const { askSession } = await import('./ask-session.js');
  const { signal, out = 'plugpull-results', lanes = null, ...keys } = options;
  const input = snakeCased(keys) as Partial<ScenarioInput>;
  const { results, ...where } = await askSession(
    { kind: 'check', traces: [traces].flat(), input, out, lanes },
    signal,
  );
  return { ...results, ...where };
}
