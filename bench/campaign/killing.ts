/**
 * A run ended again and again, at random moments, by SIGKILL, SIGTERM or SIGINT. After the latter two nothing may be left
 * behind when it has ended; after SIGKILL once somebody has cleaned up: `doctor --clean`, or the next run as it starts.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Made } from '../../harness/attach/attaching-run.js';
import { seededRandom } from '../../harness/explore/random.js';
import type { Results } from '../../harness/verdict/results.js';
import { plugpullPath } from '../checkout.js';
import { type CampaignContext, CampaignFailure } from './campaign.js';
import { leftovers, names, stateVariable, type Territory } from './leftovers.js';
import { runProgram } from './program.js';

/** Longer than the second for which the kernel believes what a FUSE server said of a file. */
const maxNeglectMs = 2500;

/** So long a run that was asked to end may take to do so; many times what it takes on a machine that is not busy. */
const mostEndingMs = 20_000;

/**
 * The kernel takes a dead process's mounts apart after it is gone, and their loop devices after them; and a device of somebody
 * else's may be without its server for a moment. What is still there then is left.
 */
const settlingMs = 3000;

const signals = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

export interface KillingOptions {
  /** Arguments of `plugpull run`. */
  args: readonly string[];
  kills: number;
  /** Arguments of a short run whose start has to clean up after every other kill; else doctor always does. */
  cleaningRun?: readonly string[];
  /** Whether one that was killed while it explored is resumed. */
  resumes: boolean;
}

export class Killing {
  readonly #runs = new Set<string>();
  readonly #loops = new Set<string>();
  readonly #territory: Territory;
  readonly #env: Record<string, string>;
  #slowestEndMs = 0;
  #random: () => number;

  constructor(
    private readonly folder: string,
    private readonly options: KillingOptions,
    private readonly context: CampaignContext,
  ) {
    const stateFolder = join(folder, 'state');
    const temporaryFolder = join(folder, 'tmp');
    mkdirSync(temporaryFolder, { recursive: true });
    this.#territory = { stateFolder, temporaryFolder, runs: this.#runs, loops: this.#loops };
    this.#env = { [stateVariable]: stateFolder, TMPDIR: temporaryFolder };
    this.#random = seededRandom(context.seed);
  }

  async run(): Promise<string> {
    const { say, count } = this.context;
    // Builds and calibrates, so that the next run takes as long as those that are killed.
    await this.#run('warm-up');
    const started = performance.now();
    const undisturbed = await this.#run('undisturbed');
    const undisturbedMs = performance.now() - started;
    say(`undisturbed: ${undisturbed.verdict} after ${Math.round(undisturbedMs)} ms`);
    const resumable: string[] = [];
    const total = count ?? this.options.kills;
    let finished = 0;
    let removed = 0;
    for (let n = 1; n <= total; n++) {
      const out = join(this.folder, `killed-${n}`);
      const killed = await this.#killOne(out, this.#random() * undisturbedMs);
      if (!killed) finished++;
      // Nobody cleans up at once; meanwhile orphans end, and what they served goes stale.
      await sleep(this.#random() * maxNeglectMs, undefined, { signal: this.context.signal });
      const before = this.#leftovers().length;
      removed += before;
      const left = n % 2 === 0 ? await this.#cleanByNextRun() : await this.clean();
      if (left.length > 0) throw new CampaignFailure(`run ${n}: left behind: ${left.join('; ')}`);
      if (killed && isResumable(out)) resumable.push(out);
      say(`${n} of ${total}: ${killed ?? 'ended before the kill'}; ${before} things removed, nothing left`);
    }
    const summary = `${total} runs, ${total - finished} of them killed in time, ${removed} things removed, nothing left behind; ended ${(this.#slowestEndMs / 1000).toFixed(1)} s after a signal at the latest`;
    if (!this.options.resumes) return `${summary}; ${await this.#runAfter(undisturbed)}`;
    // A kill in the short time between the first finished crash point and the end may have to be waited for.
    for (let tries = 1; resumable.length === 0 && tries <= 20; tries++) {
      const out = join(this.folder, `extra-${tries}`);
      await this.#killOne(out, (0.5 + this.#random() / 2) * undisturbedMs);
      const left = await this.clean();
      if (left.length > 0) throw new CampaignFailure(`extra run ${tries}: left behind: ${left.join('; ')}`);
      if (isResumable(out)) resumable.push(out);
    }
    if (resumable.length === 0)
      throw new CampaignFailure('no run was killed while it explored: none to resume');
    const resumed = await this.#resume(resumable.at(-1)!, undisturbed);
    return `${summary}; ${resumed}`;
  }

  /** Removes what killed runs left; what is still there after that. */
  async clean(): Promise<string[]> {
    this.#noteRuns();
    const { exitCode, all } = await execa(plugpullPath, ['doctor', '--clean'], {
      env: this.#env,
      reject: false,
      timeout: 300_000,
      all: true,
    });
    const left = await this.#settled();
    return left.length > 0 ? [...left, `doctor --clean ended with ${exitCode}: ${all}`] : left;
  }

  /** As `clean`; the start of a run has to do it, where there is one. */
  async #cleanByNextRun(): Promise<string[]> {
    const { cleaningRun } = this.options;
    if (!cleaningRun) return this.clean();
    this.#noteRuns();
    await this.#plugpull(['run', ...cleaningRun, '--out', join(this.folder, 'cleaning'), '--json']);
    return this.#settled();
  }

  async #settled(): Promise<string[]> {
    const deadline = performance.now() + settlingMs;
    let left = this.#leftovers();
    while (left.length > 0 && performance.now() < deadline) {
      await sleep(100);
      left = this.#leftovers();
    }
    return left;
  }

  #leftovers(): string[] {
    this.#noteRuns();
    return leftovers(this.#territory);
  }

  #noteRuns(): void {
    for (const run of names(this.#territory.stateFolder)) {
      this.#runs.add(run);
      for (const device of loopsNotedBy(join(this.#territory.stateFolder, run))) this.#loops.add(device);
    }
  }

  /** What the run was doing when it was killed; null when it had ended. */
  async #killOne(out: string, afterMs: number): Promise<string | null> {
    const child = execa(plugpullPath, ['run', ...this.options.args, '--out', out, '--json'], {
      env: this.#env,
      detached: true,
      reject: false,
      // What it leaves behind must not keep us waiting at the other end of a pipe.
      stdio: 'ignore',
      // Who does not listen is told of, not ended.
      forceKillAfterDelay: false,
    });
    const ended = await Promise.race([
      child.then(() => true),
      sleep(afterMs, false, { signal: this.context.signal }).catch(() => false),
    ]);
    const signal = signals[Math.floor(this.#random() * signals.length)]!;
    const asked = performance.now();
    if (!ended) child.kill(signal);
    const deadline = new AbortController();
    const heard = await Promise.race([
      child.then(() => true),
      sleep(mostEndingMs, false, { signal: deadline.signal }).catch(() => false),
    ]);
    deadline.abort();
    if (!heard) child.kill('SIGKILL');
    await child;
    this.context.signal.throwIfAborted();
    const at = `${signal} after ${Math.round(afterMs)} ms (${phaseOf(out)})`;
    if (!heard) throw new CampaignFailure(`${at}: it had not ended ${mostEndingMs / 1000} s later`);
    if (!ended) this.#slowestEndMs = Math.max(this.#slowestEndMs, performance.now() - asked);
    // Who is asked to end cleans up first: nobody has to come after it.
    const left = ended || signal === 'SIGKILL' ? [] : await this.#settled();
    if (left.length > 0) throw new CampaignFailure(`${at}: left behind: ${left.join('; ')}`);
    return ended ? null : at;
  }

  /** After all the kills a run comes out as one before them. */
  async #runAfter(undisturbed: Results): Promise<string> {
    const after = await this.#run('after');
    const differences = differ('an undisturbed run', kindsOf(after), kindsOf(undisturbed));
    const left = await this.clean();
    if (left.length > 0) throw new CampaignFailure(`run after the kills: left behind: ${left.join('; ')}`);
    if (differences.length > 0)
      throw new CampaignFailure(`after the kills a run finds something else than ${differences.join('')}`);
    return `a run after them: ${after.verdict}, as before`;
  }

  /** Resumes a killed run; resumes a copy of it that knows of no explored crash point; compares. */
  async #resume(out: string, undisturbed: Results): Promise<string> {
    const { say } = this.context;
    const killed = newestIn(out);
    const fresh = `${killed}-fresh`;
    cpSync(killed, fresh, { recursive: true });
    for (const run of runsOf(fresh)) rmSync(join(fresh, run, 'explore.ndjson'), { force: true });
    const before = runsOf(killed).reduce(
      (lines, run) => lines + finishedPoints(join(killed, run, 'explore.ndjson')),
      0,
    );
    say(`resuming a run with ${before} crash points explored, and its recording from scratch`);
    for (const folder of [killed, fresh]) await this.#plugpull(['run', '--resume', folder, '--json']);
    const [resumed, again] = [resultsIn(killed), resultsIn(fresh)];
    const differences = [
      ...differ('the same recording explored undisturbed', findingsOf(resumed), findingsOf(again)),
      ...differ('coverage', statesOf(resumed), statesOf(again)),
      ...differ('an undisturbed run', kindsOf(resumed), kindsOf(undisturbed)),
    ];
    const left = await this.clean();
    if (left.length > 0) throw new CampaignFailure(`resumed run: left behind: ${left.join('; ')}`);
    if (differences.length > 0) {
      throw new CampaignFailure(`--resume finds something else than ${differences.join('\n')}`);
    }
    const findings = resumed.runs.flatMap((run) => run.findings).length;
    return `one resumed after ${before} crash points: ${resumed.verdict}, the same ${findings} findings`;
  }

  async #run(name: string): Promise<Results> {
    const out = join(this.folder, name);
    await this.#plugpull(['run', ...this.options.args, '--out', out, '--json']);
    return resultsIn(join(out, 'latest'));
  }

  async #plugpull(args: string[]): Promise<void> {
    const { exitCode, stderr } = await runProgram(plugpullPath, args, {
      env: this.#env,
      signal: this.context.signal,
    });
    this.#noteRuns();
    if (exitCode !== 0) {
      throw new CampaignFailure(`plugpull ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
    }
  }
}

function loopsNotedBy(space: string): string[] {
  const path = join(space, 'made.ndjson');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const made = JSON.parse(line) as Made;
        return made.kind === 'loop' ? [made.what] : [];
      } catch {
        // The empty line at the end, or one that the kill tore.
        return [];
      }
    });
}

function newestIn(out: string): string {
  return join(out, names(out).find((name) => name !== 'latest') ?? '.');
}

function runsOf(results: string): string[] {
  return existsSync(results)
    ? readdirSync(results).filter((name) => statSync(join(results, name)).isDirectory())
    : [];
}

/** Killed while it explored, with some of it done and some not. */
function isResumable(out: string): boolean {
  const results = newestIn(out);
  return (
    existsSync(join(results, 'invocation.json')) &&
    runsOf(results).some(
      (run) =>
        !existsSync(join(results, run, 'result.json')) &&
        finishedPoints(join(results, run, 'explore.ndjson')) > 0,
    )
  );
}

function finishedPoints(progressFile: string): number {
  return existsSync(progressFile) ? readFileSync(progressFile, 'utf8').split('\n').filter(Boolean).length : 0;
}

function phaseOf(out: string): string {
  const results = newestIn(out);
  const [run] = runsOf(results);
  if (run === undefined) return 'starting';
  if (!existsSync(join(results, run, 'trace', 'manifest.json'))) return 'recording';
  return `exploring, ${finishedPoints(join(results, run, 'explore.ndjson'))} crash points done`;
}

function resultsIn(folder: string): Results {
  return JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as Results;
}

/** Findings without the paths of the run they were found in. */
function findingsOf({ runs }: Results): string[] {
  return runs
    .flatMap(({ findings }) =>
      findings.map(({ id: _, reproduce: __, ...finding }) => JSON.stringify(finding)),
    )
    .sort();
}

/** Without what the contract engine was enumerating when its time was up: how far it gets, the machine's load decides. */
function statesOf({ runs }: Results): string[] {
  return runs
    .flatMap(({ coverage }) => coverage)
    .filter(({ engine, exhaustive }) => engine !== 'contract' || exhaustive)
    .map(({ states, exhaustive }) => `${states} ${exhaustive}`);
}

/** What two recordings of one program have in common: a recording is one schedule of the kernel's write-back. */
function kindsOf({ runs, verdict, met }: Results): string[] {
  const kinds = runs.flatMap(({ findings }) => findings.map(({ kind, promise }) => `${kind}: ${promise}`));
  return [verdict, `${met}`, ...new Set(kinds)].sort();
}

function differ(what: string, found: string[], expected: string[]): string[] {
  return JSON.stringify(found) === JSON.stringify(expected)
    ? []
    : [`${what}:\n  found    ${found.join('\n           ')}\n  expected ${expected.join('\n           ')}`];
}
