import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { LeafRecord } from './point-ledger.js';

/** A crash point explored to its end, with all its leaves: one line of `explore.ndjson`. */
export interface FinishedPoint {
  point: number;
  /** These are its leaves with one write torn; without it, those with whole writes. */
  torn?: boolean;
  recoveries: number;
  leaves: LeafRecord[];
}

const line = z.looseObject({
  point: z.number().int().nonnegative(),
  torn: z.boolean().optional(),
  recoveries: z.number().int().nonnegative(),
  leaves: z.array(
    z.looseObject({
      decisions: z.array(z.number().int()),
      problems: z.array(z.looseObject({})),
      torn: z.looseObject({ piece: z.number().int(), lost: z.array(z.number().int()) }).optional(),
      tearable: z
        .array(z.looseObject({ at: z.number().int(), effective: z.array(z.number().int()) }))
        .optional(),
      nested: z.looseObject({ problems: z.array(z.looseObject({})) }).optional(),
    }),
  ),
});

/** The file that lets an interrupted exploration go on where it was. A torn line counts as not there. */
export class ProgressFile {
  constructor(private readonly path: string) {}

  load(): FinishedPoint[] {
    if (!existsSync(this.path)) return [];
    return readFileSync(this.path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .flatMap((text) => {
        try {
          const value: unknown = JSON.parse(text);
          return line.safeParse(value).success ? [value as FinishedPoint] : [];
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
