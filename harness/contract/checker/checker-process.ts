import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { guarded } from '../../attach/guard.js';
import { OutputPipe } from '../../attach/output-pipe.js';
import { checkerEnvironment } from '../../judge/checker-environment.js';
import type { CheckerState } from '../../judge/checker-state.js';
import {
  cannotTell,
  judgementOfAnswer,
  judgementOfEnd,
  longestAnswerBytes,
  type PersistentAnswer,
} from '../../judge/checker-verdict.js';
import type { Judgement } from '../../judge/judgement.js';
import { persistentQuestion } from '../../judge/persistent-question.js';
import type { StartedChecker } from '../../server/programs.js';
import { whenOver } from '../../server/unhurried.js';
import { killMarked } from '../../state/processes.js';

/** Asks without waiting in place: several look at crash directories at once. */
export interface CheckerRunner {
  /** @param leftMs after which, by the clock, it is ended before its own limit, and cannot tell */
  check(state: CheckerState, leftMs?: number): Promise<Judgement>;
  /** Ends it, and whatever it left in the background. */
  close(): void;
}

interface RunnerOptions {
  checker: StartedChecker;
  env: NodeJS.ProcessEnv;
  /** For the file PLUGPULL_STATE names; one runner at a time may use it. */
  stateFile: string;
}

/** The mark of what a checker starts, in the environment: by it whoever left the process group is found. */
const checkerMark = 'PLUGPULL_CHECKER';
const keptBytes = 4096;
/** How long output that is in the pipe already may take to be read once the checker has ended. */
const drainMs = 50;

/**
 * Starts the scenario's checker. One that crashes, cannot start, or takes too long answers `unknown`: never pass, and
 * never violation, because a checker that fails says nothing about the state. What it leaves in the background is
 * ended, and not waited for.
 */
export function checkerRunner(options: RunnerOptions): CheckerRunner {
  const mark = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const marked = { ...options, env: { ...options.env, [checkerMark]: mark } };
  const runner = options.checker.persistent ? new PersistentChecker(marked) : new ChecksOneByOne(marked);
  let used = false;
  return {
    check(state, leftMs) {
      used = true;
      return runner.check(state, leftMs);
    },
    close() {
      runner.close();
      if (used) killMarked(checkerMark, mark);
    },
  };
}

class ChecksOneByOne implements CheckerRunner {
  private child: ChildProcess | null = null;

  constructor(private readonly options: RunnerOptions) {}

  check(state: CheckerState, leftMs?: number): Promise<Judgement> {
    const { checker, env, stateFile } = this.options;
    writeFileSync(stateFile, JSON.stringify(state));
    const { child, output, errors } = startPrinting('ignore', checker, {
      cwd: state.directory,
      env: { ...env, ...checkerEnvironment(state, stateFile) },
    });
    this.child = child;
    const said = { stdout: '', stderr: '' };
    output.on('data', (chunk: Buffer) => {
      if (said.stdout.length < keptBytes) said.stdout += chunk.toString('utf8');
    });
    errors.on('data', (chunk: Buffer) => {
      said.stderr = (said.stderr + chunk.toString('utf8')).slice(-keptBytes);
    });
    return new Promise((resolve) => {
      let over = false;
      const finish = (judgement: () => Judgement): void => {
        if (over) return;
        over = true;
        endLimit();
        endGroup(child);
        this.child = null;
        output.destroy();
        errors.destroy();
        resolve(judgement());
      };
      const endLimit = whenTooLong({ timeoutMs: checker.timeout, leftMs }, (limitMs) =>
        finish(() => cannotTell(`the checker did not end within ${limitMs / 1000} s`)),
      );
      child.once('error', (error) =>
        finish(() => cannotTell(`the checker cannot be started: ${error.message}`)),
      );
      const ended = (exitCode: number | null, signal: string | null): void => {
        const end = exitCode === null ? { signal: signal ?? 'unknown' } : { exitCode };
        finish(() => judgementOfEnd(end, said, checker.attended));
      };
      whenSilent(child, [output, errors], ended);
      // Somebody in the background may hold its output open: what it said itself is in the pipe by now.
      child.once('exit', (exitCode, signal) => afterDraining(() => ended(exitCode, signal)));
    });
  }

  close(): void {
    if (this.child) endGroup(this.child);
  }
}

class PersistentChecker implements CheckerRunner {
  private child: ChildProcess | null = null;
  private buffered = '';
  private errors = '';
  private limitMs = 0;
  private waiting: ((answer: Judgement) => void) | null = null;

  constructor(private readonly options: RunnerOptions) {}

  check(state: CheckerState, leftMs?: number): Promise<Judgement> {
    const child = this.child ?? this.start();
    this.errors = '';
    return new Promise((resolve) => {
      const endLimit = whenTooLong({ timeoutMs: this.options.checker.timeout, leftMs }, (limitMs) => {
        this.limitMs = limitMs;
        this.answer('timeout');
      });
      this.waiting = (judgement) => {
        endLimit();
        this.waiting = null;
        resolve(judgement);
      };
      child.stdin!.write(`${persistentQuestion(this.options.checker, state, this.options.stateFile)}\n`);
    });
  }

  close(): void {
    const child = this.child;
    this.child = null;
    if (child) {
      child.stdin!.end();
      endGroup(child);
    }
    // Whoever waits for its answer would do so until the time is up.
    this.waiting?.(cannotTell('the checker was ended'));
  }

  private start(): ChildProcess {
    const { checker, env } = this.options;
    const { child, output, errors } = startPrinting('pipe', checker, { env });
    child.stdin!.on('error', () => {});
    output.on('data', (chunk: Buffer) => this.take(chunk.toString('utf8')));
    errors.on('data', (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString('utf8')).slice(-keptBytes);
    });
    // Its end follows, without output.
    child.once('error', () => {});
    const ended = (exitCode: number | null, signal: string | null): void => {
      const end = exitCode !== null ? { exitCode } : signal !== null ? { signal } : null;
      if (this.child === child) this.answer({ ended: end });
    };
    whenSilent(child, [output, errors], ended);
    child.once('exit', (exitCode, signal) => afterDraining(() => ended(exitCode, signal)));
    this.child = child;
    this.buffered = '';
    return child;
  }

  private take(text: string): void {
    this.buffered += text;
    const found = this.buffered.indexOf('\n');
    if (found < 0 && this.buffered.length <= longestAnswerBytes) return;
    const end = found < 0 ? this.buffered.length : found;
    const line = this.buffered.slice(0, end);
    this.buffered = this.buffered.slice(end + 1);
    this.answer({ line });
  }

  private answer(answer: PersistentAnswer): void {
    const judgement = judgementOfAnswer(
      answer,
      { ...this.options.checker, timeout: this.limitMs },
      this.errors,
    );
    this.waiting?.(judgement);
    // Whatever state it is in, the next crash state deserves a fresh one.
    if (!judgement.clear) this.close();
  }
}

/** In a process group of its own, with what it prints. Nothing looks at a crash directory once its power might be lost. */
function startPrinting(
  stdin: 'ignore' | 'pipe',
  { run }: StartedChecker,
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
): { child: ChildProcess; output: Readable; errors: Readable } {
  const [program, ...words] = [...guarded({ thrownAway: true }), '/bin/sh', '-c', run];
  const [output, errors] = [new OutputPipe(), new OutputPipe()];
  try {
    const child = spawn(program!, words, {
      ...options,
      detached: true,
      stdio: [stdin, output.fd, errors.fd],
    });
    return { child, output: output.printed, errors: errors.printed };
  } finally {
    output.handedOver();
    errors.handedOver();
  }
}

/** It has ended, and all that it printed was read. */
function whenSilent(
  child: ChildProcess,
  streams: readonly Readable[],
  then: (exitCode: number | null, signal: string | null) => void,
): void {
  const closed = streams.map((stream) => once(stream, 'close'));
  child.once('exit', (exitCode, signal) => void Promise.all(closed).then(() => then(exitCode, signal)));
}

/**
 * A checker's own limit is none of the clock: on a busy machine it takes longer (server/unhurried.ts). What the user's time
 * leaves is.
 *
 * @returns what ends both limits
 */
function whenTooLong(
  { timeoutMs, leftMs }: { timeoutMs: number; leftMs: number | undefined },
  over: (limitMs: number) => void,
): () => void {
  const endOwn = whenOver(timeoutMs, () => over(timeoutMs));
  const isTimed = leftMs !== undefined && Number.isFinite(leftMs);
  const timer = isTimed ? setTimeout(() => over(Math.round(leftMs)), leftMs) : undefined;
  return () => {
    endOwn();
    clearTimeout(timer);
  };
}

/** A time, and then one more look at what can be read, however busy the machine is. */
function afterDraining(action: () => void): void {
  setTimeout(() => setImmediate(action), drainMs);
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
