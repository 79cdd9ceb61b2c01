/**
 * What became of killed runs, a JSON line each, so that a campaign of a thousand goes on where it was interrupted. The
 * n-th kill follows from the seed and n alone.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { UsageError } from '../../harness/verdict/errors.js';

export interface Kill {
  campaign: string;
  seed: number;
  /** From 1. */
  nth: number;
  /** Null: the run had ended before. */
  signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT' | null;
  /** What the run was doing: starting, recording, exploring. */
  phase: string;
  /** From the signal to its end. */
  ended_ms: number;
  /** Things that a killed run had left, and that are gone. */
  removed: number;
}

/** Whoever asks a run to end waits no longer than this on a machine that is not busy. */
const politeMs = 2000;

export class KillTally {
  readonly #kills: Kill[];

  /** @param file where lines are kept; null: only in memory */
  constructor(
    private readonly campaign: string,
    private readonly file: string | null,
  ) {
    const kept =
      file !== null && existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    this.#kills = kept.map((line) => parsed(line, file!)).filter((kill) => kill.campaign === campaign);
  }

  get count(): number {
    return this.#kills.length;
  }

  add(kill: Omit<Kill, 'campaign' | 'nth'>): void {
    const whole = { campaign: this.campaign, nth: this.count + 1, ...kill };
    this.#kills.push(whole);
    if (this.file !== null) appendFileSync(this.file, `${JSON.stringify(whole)}\n`);
  }

  sentence(): string {
    const killed = this.#kills.filter(({ signal }) => signal !== null);
    const asked = killed.filter(({ signal }) => signal !== 'SIGKILL');
    const slow = asked.filter(({ ended_ms }) => ended_ms > politeMs).length;
    const slowest = Math.max(0, ...asked.map(({ ended_ms }) => ended_ms));
    const removed = this.#kills.reduce((sum, kill) => sum + kill.removed, 0);
    return (
      `${this.count} runs, ${killed.length} of them ended in time (${counted(killed, 'signal')}; ${counted(killed, 'phase')}), ` +
      `${removed} things removed, nothing left behind; of ${asked.length} that were asked to end ${slow} took more than ` +
      `${politeMs / 1000} s, the slowest ${(slowest / 1000).toFixed(1)} s`
    );
  }
}

function parsed(line: string, file: string): Kill {
  try {
    return JSON.parse(line) as Kill;
  } catch {
    throw new UsageError(
      `campaign: --resume: expected a JSON line for each killed run in ${file}, got ${line}`,
    );
  }
}

function counted(kills: readonly Kill[], key: 'signal' | 'phase'): string {
  const counts = new Map<string, number>();
  for (const kill of kills) counts.set(`${kill[key]}`, (counts.get(`${kill[key]}`) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
}
