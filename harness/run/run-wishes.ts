import type { History } from '../model/history.js';
import type { Calibration } from '../verdict/results.js';
import type { Engines } from './planning/engines.js';

/** What is to be judged of a run, and what for. */
export interface RunWishes {
  engines: Engines;
  /** What the calibration of this machine and file system said; it runs first. */
  calibration: Calibration | null;
  /** Go on with what an interrupted run left in its folder. */
  resume?: boolean | undefined;
  /** Why nobody can do it. */
  givenUp?: string | undefined;
  /** Off where nobody reads where in the program a finding comes from, nor how: it takes a second run, and recoveries. */
  locatesSources?: boolean | undefined;
  /** Told what the system calls of a recording did, where they could be followed. */
  onHistory?: ((history: History) => void) | undefined;
}
