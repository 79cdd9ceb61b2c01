import type { ChildProcess, StdioOptions } from 'node:child_process';
import { ownAddresses } from './addresses.js';
import type { AttendedServer } from './attendance.js';
import { CutAtLog } from './cut-at-log.js';
import { isReady } from './readiness.js';
import { onceHeardOut, startProgram } from './start-program.js';
import { ServerTrouble } from './trouble.js';
import { limitOver } from './unhurried.js';

/** How much of what a server says is kept: its end. */
const keptCharacters = 64 * 1024;
/** How long a server may take to stop when it is asked to. */
const stopMs = 20_000;

/** A server that was started. */
export class RunningServer {
  #said = '';
  readonly #ended: Promise<string>;
  #end: string | null = null;

  private constructor(
    private readonly child: ChildProcess,
    private readonly server: AttendedServer,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    const { cutAtLog } = server;
    const watch = cutAtLog === undefined ? null : new CutAtLog(cutAtLog, env.PLUGPULL_ACK ?? '');
    const keep = (data: Buffer): void => {
      const text = data.toString('utf8');
      watch?.hear(text);
      this.#said = (this.#said + text).slice(-keptCharacters);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
      child.once('exit', (code, signal) => {
        const end = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
        this.#end = end;
        onceHeardOut(() => resolve(end));
      });
      child.once('close', () => resolve(this.#end ?? 'ended'));
    });
  }

  /** @param env with where all servers listen */
  static start(server: AttendedServer, env: NodeJS.ProcessEnv): RunningServer {
    const { node, program } = server;
    const own = node === undefined ? env : { ...env, ...ownAddresses(env, node) };
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    const child = startProgram(program, { env: own, stdio, ...(node === undefined ? {} : { folder: node }) });
    return new RunningServer(child, server, own);
  }

  /** Where it runs. */
  get folder(): string {
    return this.server.node ?? '.';
  }

  /** In words. */
  get name(): string {
    const { node } = this.server;
    return node === undefined ? 'the server' : `the server ${node}`;
  }

  /** The last lines that it said, each with who said it. */
  lastLines(count: number): string {
    const lines = this.#said.split('\n').filter((line) => line.trim() !== '');
    return lines
      .slice(-count)
      .map((line) => `${this.server.node ?? 'server'}: ${line}\n`)
      .join('');
  }

  /** The end of what it has said, on both outputs. */
  get log(): string {
    return this.#said;
  }

  /** How it ended; null while it runs. */
  get end(): string | null {
    return this.#end;
  }

  /** @throws ServerTrouble when it ended before it was ready, or was not ready in time */
  async ready(): Promise<void> {
    const over = new AbortController();
    const { timeout, ready } = this.server;
    const first = await Promise.race([
      isReady({ ready, env: this.env, log: () => this.#said, signal: over.signal }).then(
        () => null,
        () => null,
      ),
      this.#ended.then(
        (end) =>
          new ServerTrouble(`${this.name} did not start: it ${end} before it was ready`, 'does not start'),
      ),
      limitOver(timeout, over.signal).then(
        () => new ServerTrouble(`${this.name} was not ready within ${timeout / 1000} s`, 'never gets ready'),
      ),
    ]);
    over.abort();
    if (first !== null) throw first;
  }

  /** Asks it to stop by its signal, and waits; false when it has to be killed. */
  async stop(): Promise<boolean> {
    if (this.#end === null) this.child.kill(this.server.stop);
    const stopped = new AbortController();
    const inTime = await Promise.race([
      this.#ended.then(() => true),
      limitOver(stopMs, stopped.signal).then(() => false),
    ]);
    stopped.abort();
    return inTime;
  }
}
