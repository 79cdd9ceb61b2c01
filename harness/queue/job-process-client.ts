/**
 * The worker's end of the process that does its jobs, one after the other. Whatever a job does to that process, the worker
 * goes on saying that it is at it, and survives to tell how it ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Failure } from './failure.js';
import type { Job } from './job.js';
import type { Done, JobDoer } from './working.js';

/** What the process writes on standard output, a JSON line each; what it reads are jobs. */
export type FromJobProcess =
  | { type: 'said'; words: string }
  | { type: 'answered'; digest: string }
  | { type: 'failed'; failure: Failure };

export class JobProcess implements JobDoer {
  #child: ChildProcess | null = null;
  #hear: (message: FromJobProcess) => void = () => {};
  #ended: Promise<string> = Promise.resolve('it was not started');

  constructor(
    private readonly command: readonly [string, ...string[]],
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  async do(job: Job, say: (words: string) => void): Promise<Done> {
    const child = this.#child ?? this.#start();
    let last = 'it began';
    const answered = new Promise<Done>((resolve) => {
      this.#hear = (message) => {
        if (message.type === 'said') {
          last = message.words;
          say(last);
        } else if (message.type === 'answered') resolve({ kind: 'answered', digest: message.digest });
        else resolve({ kind: 'failed', failure: message.failure });
      };
    });
    child.stdin!.write(`${JSON.stringify(job)}\n`);
    return Promise.race([
      answered,
      this.#ended.then((how): Done => ({ kind: 'died', lastWords: `${last}; ${how}` })),
    ]);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.stdin!.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(timer);
  }

  #start(): ChildProcess {
    const [program, ...words] = this.command;
    const child = spawn(program, words, { env: this.env, stdio: ['pipe', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (data: Buffer) => {
      errors = (errors + data.toString()).slice(-2000);
    });
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) =>
      this.#hear(JSON.parse(line) as FromJobProcess),
    );
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(`it cannot be started: ${error.message}`));
      child.once('close', (code, signal) => {
        this.#child = null;
        resolve(`its process ended (${signal ?? code}) ${errors.trim()}`);
      });
    });
    this.#child = child;
    return child;
  }
}
