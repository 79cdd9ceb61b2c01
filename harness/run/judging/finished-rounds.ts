/**
 * What an interrupted run knows of its rounds: a line for each that is over and broke no promise, in `rounds.ndjson` in the
 * run's folder. A torn last line is a round that is not over.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ContainerFacts } from '../../scenario/container.js';
import { UsageError } from '../../verdict/errors.js';
import { checked } from '../../verdict/stored-json.js';

const finishedRound = z.object({
  /** From 0. */
  round: z.number().int().nonnegative(),
  acks: z.number().int().nonnegative(),
  pending_writes: z.number().int().nonnegative(),
  flushes: z.number().int().nonnegative(),
  duration_ms: z.number().nonnegative(),
  /** The workload ended by itself, with exit code 0. */
  ended_well: z.boolean(),
  /** What keeps a pass from being one. */
  doubts: z.array(z.string()),
  container: z.custom<ContainerFacts>().nullable(),
});
export type FinishedRound = z.output<typeof finishedRound>;

export class FinishedRounds {
  readonly #path: string;
  readonly #rounds: FinishedRound[] = [];

  /** @param resume take over what is there */
  constructor(runFolder: string, { resume }: { resume: boolean }) {
    this.#path = join(runFolder, 'rounds.ndjson');
    const text = resume && existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : '';
    for (const line of text.split('\n').slice(0, -1))
      this.#rounds.push(checked(finishedRound, parsed(line, this.#path), this.#path));
    writeFileSync(this.#path, this.#rounds.map((round) => `${JSON.stringify(round)}\n`).join(''));
  }

  get all(): readonly FinishedRound[] {
    return this.#rounds;
  }

  add(round: FinishedRound): void {
    this.#rounds.push(round);
    appendFileSync(this.#path, `${JSON.stringify(round)}\n`);
  }
}

function parsed(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new UsageError(
      `${path}: expected a finished round, one JSON object a line, found ${line.slice(0, 60)}`,
    );
  }
}
