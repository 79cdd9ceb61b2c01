import { writeFileSync } from 'node:fs';
import type { AttendedState } from '../server/attendance.js';
import type { StartedChecker } from '../server/programs.js';
import { checkerEnvironment } from './checker-environment.js';
import type { CheckerState } from './checker-state.js';

/** The line that asks a persistent checker about a state. One that is attended finds the state as a one-shot checker does. */
export function persistentQuestion(
  { attended }: StartedChecker,
  state: CheckerState,
  stateFile: string,
): string {
  if (!attended) return JSON.stringify(state);
  writeFileSync(stateFile, JSON.stringify(state));
  const { directory } = state;
  return JSON.stringify({ directory, env: checkerEnvironment(state, stateFile) } satisfies AttendedState);
}
