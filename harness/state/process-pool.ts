/**
 * Processes that do one job after the other: to load a program takes longer than a short run needs it.
 *
 * Assumes of a program: it does the job that its first line says until it is told `rest`, lets go of all that the job had,
 * answers `rested`, and reads the next job. One that finds a reason not to ends instead.
 * Guarantees: a process has one job at a time, and gets another one only if its last one went as it should, if it said
 * nothing on standard error and of no fault, and rested in time. It bears the mark of the pool's own run
 * space and ends when its input closes, so it does not outlive the command, however that ends.
 */
import { cleanRun } from './clean.js';
import type { LineProcess, LineProgram } from './line-process.js';
import { endLimitMs, oneJobEach, type ProcessSupply } from './process-supply.js';
import { RunSpace } from './run-space.js';

/** What a process of a pool is told when its job is over, and what it answers. */
export interface Rest {
  type: 'rest';
}
export interface Rested {
  type: 'rested';
}

export class ProcessPool implements ProcessSupply {
  #space: RunSpace | null = null;
  #closed = false;
  readonly #resting = new Map<string, LineProcess[]>();
  readonly #programs = new WeakMap<LineProcess, string>();

  /** @param restLimitMs how long letting go of a job may take */
  constructor(private readonly restLimitMs = endLimitMs) {}

  take(program: LineProgram): LineProcess {
    const key = JSON.stringify(program);
    const resting = this.#resting.get(key) ?? [];
    for (let process = resting.pop(); process; process = resting.pop()) if (process.isRunning) return process;
    this.#space ??= RunSpace.create();
    const process = oneJobEach(this.#space).take(program);
    this.#programs.set(process, key);
    return process;
  }

  async giveBack(process: LineProcess): Promise<void> {
    const isFit = process.isNew || (await this.#rests(process));
    if (!isFit || this.#closed) {
      await process.end(0);
      return;
    }
    const key = this.#programs.get(process)!;
    this.#resting.set(key, [...(this.#resting.get(key) ?? []), process]);
  }

  /** Ends those that rest, and whatever is given back later. */
  async close(): Promise<void> {
    this.#closed = true;
    const resting = [...this.#resting.values()].flat();
    this.#resting.clear();
    await Promise.all(resting.map((process) => process.end(0)));
    if (this.#space) cleanRun(this.#space.id);
  }

  async #rests(process: LineProcess): Promise<boolean> {
    const rest: Rest = { type: 'rest' };
    let timer: NodeJS.Timeout | undefined;
    const rested = await new Promise<boolean>((resolve) => {
      const onLine = (line: string): void => {
        const { type } = JSON.parse(line) as Rested | { type: string };
        // The last words of its job may still be on their way.
        if (type !== 'rested' && type !== 'fault') return;
        // Then it has nothing more to say: one that does is not as it should be.
        process.hear({ onLine: () => void process.end(0), onEnd() {} });
        resolve(type === 'rested');
      };
      process.hear({ onLine, onEnd: () => resolve(false) });
      timer = setTimeout(() => resolve(false), this.restLimitMs);
      process.send(rest);
    });
    clearTimeout(timer);
    return rested && process.isRunning && process.isSilent;
  }
}
