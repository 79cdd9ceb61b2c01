import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FileSystem } from '../../scenario/schema/storage.js';
import type { RunSpace } from '../../state/run-space.js';
import type { CommitPressure } from '../place.js';

/** The command's end of the pressure process. */
export class PressureClient implements CommitPressure {
  readonly #lines: AsyncIterator<string>;
  #said = '';
  #commits = 0;

  private constructor(private readonly child: ChildProcess) {
    child.stderr!.on('data', (data: Buffer) => {
      this.#said += data.toString();
    });
    // It may end before it is asked; the answer that does not come then says why.
    child.stdin!.on('error', () => {});
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** Starts the process; resolves when it watches. `view` shows `root` without access times. */
  static async start(
    space: RunSpace,
    { root, view, fs }: { root: string; view: string; fs: FileSystem },
  ): Promise<PressureClient> {
    space.note({ kind: 'process', what: 'pressure' });
    const program = fileURLToPath(new URL('pressure-process.js', import.meta.url));
    const child = spawn(process.execPath, [program, root, view, fs], {
      env: { ...process.env, ...space.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const client = new PressureClient(child);
    await client.#answer();
    return client;
  }

  get commits(): number {
    return this.#commits;
  }

  async commit(): Promise<void> {
    this.child.stdin!.write('c');
    this.#commits = Number((await this.#answer()).slice('done '.length));
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.stdin!.end();
    await exit;
  }

  async #answer(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the file system could not be pressed to commit: ${this.#said.trim()}`);
    return value;
  }
}
