import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { CheckerState } from '../judge/checker.js';
import { checkerEnvironment } from '../judge/checker-environment.js';
import { cannotTell, judgementOfAnswer, judgementOfEnd } from '../judge/checker-verdict.js';
import type { Judgement } from '../judge/judgement.js';
import type { Checker } from '../scenario/schema.js';

/** Asks without waiting in place: several look at crash directories at once. */
export interface CheckerRunner {
  check(state: CheckerState): Promise<Judgement>;
  close(): void;
}

interface RunnerOptions {
  checker: Checker;
  env: NodeJS.ProcessEnv;
  /** For the file PLUGPULL_STATE names; one runner at a time may use it. */
  stateFile: string;
}

/**
 * Starts the scenario's checker. One that crashes, cannot start, or takes too long answers `unknown`: never pass, and
 * never violation, because a checker that fails says nothing about the state.
 */
export function checkerRunner(options: RunnerOptions): CheckerRunner {
  return options.checker.persistent ? new PersistentChecker(options) : new ChecksOneByOne(options);
}

class ChecksOneByOne implements CheckerRunner {
  constructor(private readonly options: RunnerOptions) {}

  check(state: CheckerState): Promise<Judgement> {
    const { checker, env, stateFile } = this.options;
    writeFileSync(stateFile, JSON.stringify(state));
    const child = spawn('/bin/sh', ['-c', checker.run], {
      cwd: state.directory,
      env: { ...env, ...checkerEnvironment(state, stateFile) },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // The reason is what it prints; what its tools complain about only where it gives none.
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk: Buffer) => {
        if (said[stream].length < 4096) said[stream] += chunk.toString('utf8');
      });
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        endGroup(child);
        resolve(cannotTell(`the checker did not end within ${checker.timeout / 1000} s`));
      }, checker.timeout);
      const finish = (judgement: Judgement): void => {
        clearTimeout(timer);
        resolve(judgement);
      };
      child.once('error', (error) => finish(cannotTell(`the checker cannot be started: ${error.message}`)));
      child.once('close', (exitCode, signal) => {
        const end = exitCode === null ? { signal: signal ?? 'unknown' } : { exitCode };
        finish(judgementOfEnd(end, (said.stdout || said.stderr).trimStart()));
      });
    });
  }

  close(): void {}
}

class PersistentChecker implements CheckerRunner {
  private child: ChildProcess | null = null;
  private buffered = '';
  private waiting: ((answer: Judgement) => void) | null = null;

  constructor(private readonly options: RunnerOptions) {}

  check(state: CheckerState): Promise<Judgement> {
    const child = this.child ?? this.start();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer('timeout'), this.options.checker.timeout);
      this.waiting = (judgement) => {
        clearTimeout(timer);
        this.waiting = null;
        resolve(judgement);
      };
      child.stdin!.write(`${JSON.stringify(state)}\n`);
    });
  }

  close(): void {
    const child = this.child;
    this.child = null;
    if (child) {
      child.stdin!.end();
      endGroup(child);
    }
  }

  private start(): ChildProcess {
    const { checker, env } = this.options;
    const child = spawn('/bin/sh', ['-c', checker.run], {
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.on('error', () => {});
    child.stdout.on('data', (chunk: Buffer) => this.take(chunk.toString('utf8')));
    // Its end follows, without output.
    child.once('error', () => {});
    child.once('close', () => {
      if (this.child === child) this.answer(null);
    });
    this.child = child;
    this.buffered = '';
    return child;
  }

  private take(text: string): void {
    this.buffered += text;
    const end = this.buffered.indexOf('\n');
    if (end < 0) return;
    const line = this.buffered.slice(0, end);
    this.buffered = this.buffered.slice(end + 1);
    this.answer({ line });
  }

  private answer(answer: { line: string } | 'timeout' | null): void {
    const judgement = judgementOfAnswer(answer, this.options.checker.timeout);
    // Whatever state it is in, the next crash state deserves a fresh one.
    if (!judgement.clear) this.close();
    this.waiting?.(judgement);
  }
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
