import type { History } from '../../model/history.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { injectedErrors } from '../tracing/injected-errors.js';
import { prepareRoot } from '../tracing/prepare-root.js';
import { locateSources } from './locate-sources.js';
import type { SourceLines } from './source-lines.js';

/** Runs the workload once more, in a fresh directory at `rootPath`, for the source lines of the judged run's calls. */
export async function locateAgain(options: {
  history: History;
  scenario: Scenario;
  storageIndex: number;
  rootPath: string;
  env: NodeJS.ProcessEnv;
  workDir: string;
  /** What is left of the time that the user set. */
  timeMs?: number | undefined;
  signal?: AbortSignal | undefined;
}): Promise<SourceLines> {
  const { scenario, rootPath, env, signal } = options;
  const prepareAgain = (): Promise<unknown> => prepareRoot(rootPath, scenario, env, signal);
  await prepareAgain();
  return locateSources({ ...options, prepareAgain, inject: injectedErrors(scenario, options.storageIndex) });
}
