/**
 * A run ended again and again, at random moments, by SIGKILL, SIGTERM or SIGINT. After the latter two nothing may be left
 * behind when it has ended; after SIGKILL once somebody has cleaned up: `doctor --clean`, or the next run as it starts.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { seededRandom } from '../../harness/explore/random.js';
import { notedLoopDevices } from '../../harness/state/clean.js';
import type { Results } from '../../harness/verdict/results.js';
import { mainPath } from '../checkout.js';
import { type CampaignContext, CampaignFailure } from './campaign.js';
import { KillTally } from './kill-tally.js';
import { isHeldByOthers, leftovers, names, stateVariable, type Territory } from './leftovers.js';
import { runProgram } from './program.js';

/** Longer than the second for which the kernel believes what a FUSE server said of a file. */
const maxNeglectMs = 2500;

/**
 * So long a run that was asked to end may take to do so; many times what it takes on a machine that is not busy. On one
 * where a whole run takes longer than that, as long as a whole run.
 */
const leastEndingLimitMs = 20_000;

/**
 * The kernel takes a dead process's mounts apart after it is gone, and their loop devices after them; and a device of somebody
 * else's may be without its server for a moment. What is still there then is left.
 */
const settlingMs = 3000;

const signals = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

/** A device that somebody else's program has a copy of, mounted, is gone with that program. */
const longestHoldMs = 60_000;

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
  readonly #loops = new Map<string, readonly string[]>();
  readonly #territory: Territory;
  readonly #env: Record<string, string>;
  readonly #tally: KillTally;
  #random: () => number;
  #endingLimitMs = leastEndingLimitMs;

  constructor(
    name: string,
    private readonly folder: string,
    private readonly options: KillingOptions,
    private readonly context: CampaignContext,
  ) {
    const stateFolder = join(folder, 'state');
    const temporaryFolder = join(folder, 'tmp');
    mkdirSync(temporaryFolder, { recursive: true });
    this.#territory = { stateFolder, temporaryFolder, runs: this.#runs, loops: this.#loops };
    this.#tally = new KillTally(name, context.resume);
    this.#env = { [stateVariable]: stateFolder, TMPDIR: temporaryFolder };
    this.#random = seededRandom(context.seed);
  }

  async run(): Promise<string> {
    const { say, count, seed } = this.context;
    // Builds and calibrates, so that the next run takes as long as those that are killed.
    await this.#run('warm-up');
    const started = performance.now();
    const undisturbed = await this.#run('undisturbed');
    const undisturbedMs = performance.now() - started;
    this.#endingLimitMs = Math.max(leastEndingLimitMs, undisturbedMs);
    say(`undisturbed: ${undisturbed.verdict} after ${Math.round(undisturbedMs)} ms`);
    let resumable: string | null = null;
    const total = count ?? this.options.kills;
    for (let n = this.#tally.count + 1; n <= total; n++) {
      this.#random = seededRandom(seed + n);
      const out = join(this.folder, `killed-${n}`);
      const kill = await this.#killOne(out, this.#random() * undisturbedMs);
      // Nobody cleans up at once; meanwhile orphans end, and what they served goes stale.
      await sleep(this.#random() * maxNeglectMs, undefined, { signal: this.context.signal });
      const removed = this.#leftovers().length;
      const left = n % 2 === 0 ? await this.#cleanByNextRun() : await this.clean();
      if (left.length > 0) throw new CampaignFailure(`run ${n}: left behind: ${left.join('; ')}`);
      this.#tally.add({ seed, signal: kill.signal, phase: kill.phase, ended_ms: kill.endedMs, removed });
      resumable = this.#keepResumable(kill.signal !== null && isResumable(out) ? out : null, out, resumable);
      say(`${n} of ${total}: ${sayKill(kill)}; ${removed} things removed, nothing left`);
    }
    const summary = this.#tally.sentence();
    if (!this.options.resumes) return `${summary}; ${await this.#runAfter(undisturbed)}`;
    // A kill in the short time between the first finished crash point and the end may have to be waited for.
    for (let tries = 1; resumable === null && tries <= 20; tries++) {
      const out = join(this.folder, `extra-${tries}`);
      await this.#killOne(out, (0.5 + this.#random() / 2) * undisturbedMs);
      const left = await this.clean();
      if (left.length > 0) throw new CampaignFailure(`extra run ${tries}: left behind: ${left.join('; ')}`);
      if (isResumable(out)) resumable = out;
    }
    if (resumable === null) throw new CampaignFailure('no run was killed while it explored: none to resume');
    const resumed = await this.#resume(resumable, undisturbed);
    return `${summary}; ${resumed}`;
  }

  /** Of all that was killed only the last one that can be resumed is kept: results lie in memory. */
  #keepResumable(candidate: string | null, out: string, kept: string | null): string | null {
    const goes = candidate === null ? out : kept;
    if (goes !== null) rmSync(goes, { recursive: true, force: true });
    return candidate ?? kept;
  }

  /** Removes what killed runs left; what is still there after that. */
  async clean(): Promise<string[]> {
    this.#noteRuns();
    const { exitCode, all } = await execa(process.execPath, [mainPath, 'doctor', '--clean'], {
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
    const started = performance.now();
    let left = this.#leftovers();
    const limitMs = (): number => (left.every(isHeldByOthers) ? longestHoldMs : settlingMs);
    while (left.length > 0 && performance.now() - started < limitMs()) {
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
      const folder = join(this.#territory.stateFolder, run);
      if (existsSync(folder)) this.#loops.set(run, notedLoopDevices(folder));
    }
  }

  async #killOne(out: string, afterMs: number): Promise<Killed> {
    // Itself: the shell that starts it leaves the end of a pipeline of its own behind when it is killed, for a moment.
    const child = execa(process.execPath, [mainPath, 'run', ...this.options.args, '--out', out, '--json'], {
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
      sleep(this.#endingLimitMs, false, { signal: deadline.signal }).catch(() => false),
    ]);
    deadline.abort();
    if (!heard) child.kill('SIGKILL');
    await child;
    this.context.signal.throwIfAborted();
    const endedMs = Math.round(performance.now() - asked);
    const { phase, detail } = phaseOf(out);
    const kill = { signal: ended ? null : signal, afterMs: Math.round(afterMs), phase, detail, endedMs };
    const at = sayKill(kill);
    if (!heard)
      throw new CampaignFailure(`${at}: it had not ended ${Math.round(this.#endingLimitMs / 1000)} s later`);
    // Who is asked to end cleans up first: nobody has to come after it.
    const left = ended || signal === 'SIGKILL' ? [] : await this.#settled();
    if (left.length > 0) throw new CampaignFailure(`${at}: left behind: ${left.join('; ')}`);
    return kill;
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
    const { exitCode, stdout, stderr } = await runProgram(process.execPath, [mainPath, ...args], {
      env: this.#env,
      signal: this.context.signal,
    });
    this.#noteRuns();
    if (exitCode !== 0) {
      // Why it could not tell is in its results, which are gone with the lab.
      throw new CampaignFailure(`plugpull ${args.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`);
    }
  }
}

interface Killed {
  /** Null: it had ended before. */
  signal: (typeof signals)[number] | null;
  afterMs: number;
  phase: string;
  detail: string;
  endedMs: number;
}

function sayKill({ signal, afterMs, phase, detail }: Killed): string {
  return signal === null ? 'ended before the kill' : `${signal} after ${afterMs} ms (${phase}${detail})`;
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

function phaseOf(out: string): { phase: string; detail: string } {
  const results = newestIn(out);
  const [run] = runsOf(results);
  if (run === undefined) return { phase: 'starting', detail: '' };
  if (!existsSync(join(results, run, 'trace', 'manifest.json'))) return { phase: 'recording', detail: '' };
  return {
    phase: 'exploring',
    detail: `, ${finishedPoints(join(results, run, 'explore.ndjson'))} crash points done`,
  };
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
