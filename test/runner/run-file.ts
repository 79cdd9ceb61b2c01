/**
 * Runs one test file as a program of its own and counts what its TAP output says.
 *
 * Guarantees: ends within the time limit and a few seconds, whatever the file does; leaves no process of the file's
 * process group behind; a file that crashes, is killed, runs out of time, or runs no test counts at least one
 * failure.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChildrenCpu } from './children-cpu.js';
import { type Tally, TapTally } from './tally.js';
import { withParent } from './with-parent.js';

export interface FileResult {
  tally: Tally;
  /** What the file printed beside TAP on either stream: its last lines. */
  output: string[];
  durationMs: number;
  /** Processor time of the file and of what it started and waited for. */
  cpuMs: number;
}

export interface FileRun {
  result: Promise<FileResult>;
  /** Ends it early; it counts as failed, with this reason. */
  stop(reason: string): void;
}

/** From asking a process group to end to killing it. */
const graceMs = 2000;
const keptLines = 200;
const cpu = new ChildrenCpu();
const propertySeed = new URL('./property-seed.js', import.meta.url).href;

export function runFile(file: string, options: { cwd: string; timeoutMs: number }): FileRun {
  const startedAt = performance.now();
  // A group of its own, so that a file can be ended together with the servers it started.
  const words = [process.execPath, '--enable-source-maps', '--import', propertySeed, file];
  const [program, ...rest] = [...withParent('TERM'), ...words];
  const child = spawn(program!, rest, {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // tap's own limit comes first: it names the test that hangs.
    env: { ...process.env, TAP_TIMEOUT: String(Math.max(1, Math.floor(options.timeoutMs / 1000) - 5)) },
  });
  const tap = new TapTally();
  const output = new LastLines(keptLines);
  tap.onExtra((text) => output.add(text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => tap.write(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.add(text));

  let stopped: string | undefined;
  const stop = (reason: string): void => {
    if (stopped !== undefined) return;
    stopped = reason;
    void endGroup(child.pid);
  };
  const timer = setTimeout(() => stop(`no end within ${options.timeoutMs / 1000} s`), options.timeoutMs);

  const result = new Promise<FileResult>((resolve) => {
    const closed = new Promise<void>((done) => child.once('close', () => done()));
    const finish = async (ending: string | undefined): Promise<void> => {
      clearTimeout(timer);
      const cpuMs = cpu.sinceLast();
      const leftBehind = stopped === undefined && (await isAliveAfter(child.pid, graceMs));
      await endGroup(child.pid);
      // A process outside the group may still hold the pipes open.
      await Promise.race([closed, sleep(graceMs, undefined, { ref: false })]);
      child.stdout.destroy();
      child.stderr.destroy();

      const tally = tap.end();
      const fail = (message: string): void => {
        tally.failed += 1;
        tally.failures.push({ path: [], diagnostics: { message } });
      };
      if (stopped !== undefined) fail(stopped);
      else if (ending !== undefined && tally.failed === 0) fail(ending);
      if (leftBehind) fail('left processes running, which were ended');
      if (tally.passed + tally.failed + tally.skipped.length === 0) fail('no tests in this file');
      resolve({ tally, output: output.lines(), durationMs: performance.now() - startedAt, cpuMs });
    };
    child.once('error', (error) => void finish(`cannot start: ${error.message}`));
    child.once('exit', (code, signal) => {
      void finish(signal ? `ended by ${signal}` : code === 0 ? undefined : `exit code ${code}`);
    });
  });
  return { result, stop };
}

async function endGroup(pid: number | undefined): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return;
  if (!(await isAliveAfter(pid, graceMs))) return;
  signalGroup(pid, 'SIGKILL');
  await isAliveAfter(pid, graceMs);
}

async function isAliveAfter(pid: number | undefined, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; signalGroup(pid, 0); waitedMs += 20) {
    if (waitedMs >= limitMs) return true;
    await sleep(20);
  }
  return false;
}

/** False when the group has no process left. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

class LastLines {
  #text = '';

  constructor(readonly limit: number) {}

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > this.limit * 4096) this.#text = this.#text.slice(-this.limit * 2048);
  }

  lines(): string[] {
    return this.#text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-this.limit);
  }
}
