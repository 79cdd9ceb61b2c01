import type { ScenarioInput } from '../scenario/schema/scenario.js';
import type { CrashTestOptions } from './options.js';
import { programsOf } from './programs.js';
import { scenarioOf } from './scenario-of.js';
import type { Target } from './target.js';

/** The scenario that a target and its options stand for. @throws UsageError */
export function scenarioFor(target: Target, options: CrashTestOptions): ScenarioInput {
  const { signal: _, ...rest } = options;
  return scenarioOf(programsOf(target), rest);
}
