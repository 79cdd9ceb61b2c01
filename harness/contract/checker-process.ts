import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { checkerEnvironment } from '../judge/checker-environment.js';
import type { Checker } from '../scenario/schema.js';
import type { CrashPointSummary } from '../verdict/finding.js';
import type { Outcome } from '../verdict/outcome.js';

/** What a checker is told about the directory it looks at. */
export interface CheckerState {
  directory: string;
  acks: string[];
  crash_point: CrashPointSummary;
}

export interface CheckerAnswer {
  outcome: Outcome;
  reason: string;
}

export interface CheckerRunner {
  check(state: CheckerState): Promise<CheckerAnswer>;
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

  check(state: CheckerState): Promise<CheckerAnswer> {
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
        resolve({ outcome: 'unknown', reason: `the checker took longer than ${checker.timeout} ms` });
      }, checker.timeout);
      const finish = (answer: CheckerAnswer): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      child.once('error', (error) =>
        finish({ outcome: 'unknown', reason: `the checker did not start: ${error.message}` }),
      );
      child.once('close', (code, signal) => {
        const reason = (said.stdout || said.stderr).split('\n', 1)[0]!.trim();
        if (code === 0) finish({ outcome: 'pass', reason });
        else if (code === 1) finish({ outcome: 'violation', reason: reason || 'the checker says so' });
        else
          finish({
            outcome: 'unknown',
            reason: `the checker ended with ${signal ?? `exit code ${code}`}: ${reason}`,
          });
      });
    });
  }

  close(): void {}
}

class PersistentChecker implements CheckerRunner {
  private child: ChildProcess | null = null;
  private buffered = '';
  private waiting: ((answer: CheckerAnswer) => void) | null = null;

  constructor(private readonly options: RunnerOptions) {}

  check(state: CheckerState): Promise<CheckerAnswer> {
    const child = this.child ?? this.start();
    return new Promise((resolve) => {
      const { timeout } = this.options.checker;
      const timer = setTimeout(() => this.giveUp(`the checker took longer than ${timeout} ms`), timeout);
      this.waiting = (answer) => {
        clearTimeout(timer);
        this.waiting = null;
        resolve(answer);
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
    child.once('error', (error) => this.giveUp(`the checker did not start: ${error.message}`));
    child.once('close', (code) => {
      if (this.child === child) this.giveUp(`the checker ended with exit code ${code}`);
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
    this.waiting?.(answerOf(line));
  }

  private giveUp(reason: string): void {
    this.close();
    this.waiting?.({ outcome: 'unknown', reason });
  }
}

function answerOf(line: string): CheckerAnswer {
  try {
    const { outcome, reason } = JSON.parse(line) as { outcome?: unknown; reason?: unknown };
    if (outcome === 'pass' || outcome === 'violation' || outcome === 'unknown') {
      return { outcome, reason: typeof reason === 'string' ? reason : '' };
    }
  } catch {
    // Reported below, like any other answer without an outcome.
  }
  return { outcome: 'unknown', reason: `the checker answered ${line.slice(0, 100)}` };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
