import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Problem } from '../judge/judgement.js';
import type { EncodedDecisions, NestedOutcome } from './lane/messages.js';

/** A crash point explored to its end, with all its leaves: one line of `explore.ndjson`. */
export interface FinishedPoint {
  point: number;
  recoveries: number;
  leaves: { decisions: EncodedDecisions; problems: Problem[]; nested?: NestedOutcome }[];
}

const line = z.object({
  point: z.number().int().nonnegative(),
  recoveries: z.number().int().nonnegative(),
  leaves: z.array(
    z.object({ decisions: z.array(z.number().int()), problems: z.array(z.custom<Problem>(isObject)) }),
  ),
});

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** The file that lets an interrupted exploration go on where it was. A torn line counts as not there. */
export class ProgressFile {
  constructor(private readonly path: string) {}

  load(): FinishedPoint[] {
    if (!existsSync(this.path)) return [];
    return readFileSync(this.path, 'utf8')
      .split('\n')
      .flatMap((text) => {
        try {
          return text ? [line.parse(JSON.parse(text))] : [];
        } catch {
          return [];
        }
      });
  }

  add(finished: FinishedPoint): void {
    // A line of its own even after a torn one.
    appendFileSync(this.path, `\n${JSON.stringify(finished)}`);
  }
}
