/**
 * Random programs on real file systems through both engines: no recovered state outside its model, and nothing lost
 * that a model calls safe. A program that shows otherwise is made smaller as long as it still does.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from '../../harness/run/planning/run-folder.js';
import { workloadsFolder } from '../../harness/scenario/workloads-folder.js';
import {
  type ComparedFileSystem,
  type Comparison,
  comparedModels,
  compareOn,
  programCommand,
} from '../differential/compare.js';
import { type FileOperation, generatedProgram, programSetup } from '../differential/program.js';
import { Lab } from '../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from './campaign.js';

const programs = 300;
const fileSystems: readonly ComparedFileSystem[] = ['ext4', 'xfs', 'btrfs'];
/** Runs spent on making a counterexample smaller. */
const shrinkRuns = 60;
/** Counterexamples that are made smaller; more would only repeat them. */
const shrinkLimit = 5;
const resultsFolder = 'plugpull-results/differential';

interface Counterexample {
  program: number;
  fs: ComparedFileSystem;
  faults: string[];
  operations: readonly FileOperation[];
  /** The program as it was generated. */
  generated: readonly FileOperation[];
  replay: string;
}

interface Total {
  runs: number;
  recoveries: number;
  states: bigint;
  recoveredStates: number;
  observedLosses: number;
  contractFindings: number;
  enumerated: number;
}

export const differential: Campaign = {
  name: 'differential',
  about: `${programs} random programs on ${fileSystems.join(', ')}: no recovered state outside its model`,
  async run(context) {
    const lab = Lab.open();
    try {
      return await new Differential(lab, context).run();
    } finally {
      lab.close();
    }
  },
};

class Differential {
  readonly #counterexamples: Counterexample[] = [];
  readonly #total: Total = {
    runs: 0,
    recoveries: 0,
    states: 0n,
    recoveredStates: 0,
    observedLosses: 0,
    contractFindings: 0,
    enumerated: 0,
  };
  #programs = 0;

  constructor(
    private readonly lab: Lab,
    private readonly context: CampaignContext,
  ) {}

  async run(): Promise<string> {
    const { seed, count, say, signal } = this.context;
    const wanted = count ?? programs;
    const started = performance.now();
    for (let number = 0; number < wanted; number++) {
      const operations = generatedProgram(seed, number);
      signal.throwIfAborted();
      // Side by side: each run waits for processes and disks most of the time. All end before one's error counts, so
      // that Ctrl-C leaves nothing of any.
      const ended = await Promise.allSettled(fileSystems.map((fs) => this.#compare(operations, fs)));
      for (const [i, fs] of fileSystems.entries()) {
        const one = ended[i]!;
        if (one.status === 'rejected') throw one.reason;
        const comparison = one.value;
        this.#count(comparison);
        if (comparison.faults.length > 0) await this.#report(number, fs, operations, comparison.faults);
      }
      this.#programs++;
      this.#save();
      if (this.#programs % 10 === 0 || this.#programs === wanted) {
        const seconds = (performance.now() - started) / 1000;
        say(
          `${this.#programs} of ${wanted} programs, ${this.#counterexamples.length} counterexamples, ${seconds.toFixed(0)} s`,
        );
      }
    }
    const { runs, recoveries, states, recoveredStates, observedLosses, contractFindings, enumerated } =
      this.#total;
    const summary = `${wanted} programs in ${runs} runs, ${states} crash states in ${recoveries} recoveries, ${recoveredStates} distinct recovered trees compared, ${observedLosses} runs that lost something, ${contractFindings} with contract findings, ${enumerated} acks judged by enumeration, too`;
    if (this.#counterexamples.length === 0) return summary;
    throw new CampaignFailure(
      [
        `${this.#counterexamples.length} counterexamples (${summary}); all in ${this.#file()}`,
        ...this.#counterexamples
          .slice(0, shrinkLimit)
          .map(({ program, fs, faults, replay }) => `program ${program} on ${fs}: ${faults[0]}\n  ${replay}`),
      ].join('\n'),
    );
  }

  #compare(operations: readonly FileOperation[], fs: ComparedFileSystem): Promise<Comparison> {
    const { seed, signal } = this.context;
    return compareOn({
      operations,
      fs,
      folder: this.lab.path('run'),
      workloads: workloadsFolder,
      seed,
      signal,
    });
  }

  #count({ result, enumerated }: Comparison): void {
    const total = this.#total;
    total.runs++;
    total.enumerated += enumerated;
    if (result.observed === 'violation') total.observedLosses++;
    if (result.contract === 'violation') total.contractFindings++;
    for (const { engine, recoveries, states, model_check } of result.coverage) {
      if (engine !== 'replay') continue;
      total.recoveries += recoveries;
      total.states += BigInt(states);
      total.recoveredStates += model_check?.checked ?? 0;
    }
  }

  async #report(
    program: number,
    fs: ComparedFileSystem,
    generated: readonly FileOperation[],
    faults: string[],
  ): Promise<void> {
    const { say } = this.context;
    say(`program ${program} on ${fs}: ${faults[0]}`);
    const found: Counterexample = {
      program,
      fs,
      faults,
      operations: generated,
      generated,
      replay: replayCommand(generated, fs),
    };
    this.#counterexamples.push(found);
    this.#save();
    if (this.#counterexamples.length > shrinkLimit) return;
    const smaller = await this.#shrink(generated, fs, faults);
    Object.assign(found, smaller, { replay: replayCommand(smaller.operations, fs) });
    say(`smaller: ${JSON.stringify(smaller.operations)}: ${smaller.faults[0]}`);
    this.#save();
  }

  /** Leaves out what is not needed, large parts first, as long as some fault is left. */
  async #shrink(
    generated: readonly FileOperation[],
    fs: ComparedFileSystem,
    faults: string[],
  ): Promise<{ operations: readonly FileOperation[]; faults: string[] }> {
    let best = { operations: generated, faults };
    let runs = 0;
    for (
      let length = Math.ceil(generated.length / 2);
      length >= 1;
      length = length === 1 ? 0 : Math.ceil(length / 2)
    ) {
      for (let start = 0; start < best.operations.length; ) {
        if (runs++ >= shrinkRuns) return best;
        const operations = [...best.operations.slice(0, start), ...best.operations.slice(start + length)];
        const { faults } = await this.#compare(operations, fs);
        if (faults.length > 0) best = { operations, faults };
        else start += length;
      }
    }
    return best;
  }

  #file(): string {
    return join(resultsFolder, `seed-${this.context.seed}.json`);
  }

  /** After each program, so that Ctrl-C loses nothing. */
  #save(): void {
    const { seed, count } = this.context;
    mkdirSync(resultsFolder, { recursive: true });
    writeJson(this.#file(), {
      schema: 'plugpull.differential/1',
      seed,
      wanted: count ?? programs,
      programs: this.#programs,
      file_systems: fileSystems.map((fs) => ({ fs, model: comparedModels[fs] })),
      ...this.#total,
      states: this.#total.states.toString(),
      counterexamples: this.#counterexamples,
    });
  }
}

/** One program on one file system from the command line. */
function replayCommand(operations: readonly FileOperation[], fs: ComparedFileSystem): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    'bin/plugpull run --no-calibrate --fs',
    fs,
    `--models ${fs === 'ext2' ? '' : 'posix,'}${comparedModels[fs]}`,
    `--setup ${quoted(programSetup)}`,
    `--ack-stdout ${quoted('^(ack .*)$')}`,
    '--promise snapshot --',
    quoted(programCommand(operations)),
  ].join(' ');
}
