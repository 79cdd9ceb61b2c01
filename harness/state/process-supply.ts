import { LineProcess, type LineProgram } from './line-process.js';
import type { RunSpace } from './run-space.js';

/** Where a run has processes of plugpull's own from. Whoever takes one gives it back, or ends it. */
export interface ProcessSupply {
  take(program: LineProgram): LineProcess;
  /**
   * To be given back once its job went as it should: all that was asked is answered, and nobody wants more of it. Any other
   * is ended by who had it. Resolves when it holds nothing of its job.
   */
  giveBack(process: LineProcess): Promise<void>;
}

/** Unless it ends by itself within this time, once nobody wants it any more, it is killed. */
export const endLimitMs = 5000;

/** Processes that bear the mark of a run, and do one job. */
export function oneJobEach(space: RunSpace): ProcessSupply {
  return {
    take(program) {
      space.note({ kind: 'process', what: program.path });
      return new LineProcess(program, space.environment);
    },
    giveBack: (process) => process.end(endLimitMs),
  };
}
