/**
 * The program that works on a lane's disk, wherever that is: makes its file system, carries out workloads, mounts what
 * crashes leave. One process for all of it; it never serves a disk, so it may block in the kernel on one.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemFacts } from '../../attach/file-system.js';
import { errorCode, mount, mountFlag, SystemCallError, unmount } from '../../attach/libc.js';
import { splitMountOptions } from '../../attach/mounting.js';
import { shutDown } from '../../attach/shut-down.js';
import { setWriteCache } from '../../attach/write-cache.js';
import { fsckProblem } from '../../judge/corruption.js';
import { Performer } from '../executor/perform.js';
import type { Operation } from '../workload/operation.js';
import { findTree, shapeOf } from './found-tree.js';
import type { Answer, Job, JobResult, ResidentSetup } from './messages.js';

const mkfsTimeoutMs = 120_000;
const fsckTimeoutMs = 100_000;

export class Resident {
  readonly #root: string;
  /** Trees of the workload under way that were emptied before, by their shape: another time would show nothing new. */
  readonly #emptied = new Set<string>();

  constructor(
    private readonly setup: ResidentSetup,
    /** Heard when it returns. */
    private readonly tell: (answer: Answer) => void,
    private readonly options: { syncsAll: boolean },
  ) {
    this.#root = join(setup.laneFolder, 'root');
    mkdirSync(this.#root, { recursive: true });
  }

  do(job: Job, device: string): JobResult {
    switch (job.type) {
      case 'make':
        return this.#make(device);
      case 'execute':
        setWriteCache(device, 'write back');
        return this.#execute(device, job);
      case 'recover':
        // What a recovery writes is thrown away: nobody needs to know when it is durable.
        setWriteCache(device, 'write through');
        return this.#recover(device, job.fsck);
    }
  }

  #make(device: string): JobResult {
    const { fs, mkfs } = this.setup.storage;
    const [command, ...words] = fileSystemFacts[fs].mkfs;
    const made = spawnSync(command!, [...words, ...mkfs, device], {
      encoding: 'utf8',
      timeout: mkfsTimeoutMs,
    });
    if (made.error && errorCode(made.error) === 'ENOENT')
      return {
        type: 'refused',
        by: 'missing',
        said: `${command} is missing: apt-get install ${fileSystemFacts[fs].package}`,
      };
    if (made.status === 0) return { type: 'made' };
    const said = made.error?.message ?? `${made.stderr}`.trim();
    return { type: 'refused', by: 'mkfs', said: `${command}: ${said || `ended with ${made.status}`}` };
  }

  #execute(device: string, { setup, body }: Extract<Job, { type: 'execute' }>): JobResult {
    this.#emptied.clear();
    try {
      this.#mount(device, 0);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      return { type: 'refused', by: 'mount', said: error.code };
    }
    const performer = new Performer(this.#root, this.options);
    let failed: { operation: number; code: string } | null = null;
    const attempt = (operation: Operation, line: number, number: number): boolean => {
      try {
        performer.perform(operation, line);
        return true;
      } catch (error) {
        const code = error instanceof SystemCallError ? error.code : errorCode(error);
        if (code === null) throw error;
        failed = { operation: number, code };
        return false;
      }
    };
    try {
      const ready = setup.every((operation, i) => attempt(operation, i, i - setup.length));
      performer.perform({ op: 'syncfs' }, 0);
      this.tell({ type: 'started', tree: findTree(this.#root) });
      if (ready)
        body.every((operation, i) => {
          if (!attempt(operation, setup.length + i, i)) return false;
          this.tell({ type: 'returned' });
          return true;
        });
      // What the kernel had put off is in the recording, too.
      performer.perform({ op: 'syncfs' }, 0);
      this.tell({ type: 'finished', failed });
    } finally {
      performer.close();
      unmount(this.#root);
    }
    return { type: 'executed' };
  }

  #recover(device: string, fsck: boolean): JobResult {
    try {
      this.#mount(device, mountFlag.noAtime);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      return { type: 'recovered', tree: null, error: error.code, unusable: null, damage: null };
    }
    try {
      const tree = findTree(this.#root);
      const shape = shapeOf(tree);
      if (this.#emptied.has(shape))
        return { type: 'recovered', tree, error: null, unusable: null, damage: null };
      this.tell({ type: 'looking' });
      const damage = fsck ? this.#damage(device) : null;
      const unusable = this.#useAgain();
      this.#emptied.add(shape);
      return { type: 'recovered', tree, error: null, unusable, damage };
    } finally {
      shutDown(this.#root);
      unmount(this.#root);
    }
  }

  #mount(device: string, more: number): void {
    const { fs, mount: options } = this.setup.storage;
    const { flags, data } = splitMountOptions(options);
    mount(device, this.#root, fs, flags | more, data);
  }

  /** What its checker says of the file system, unmounted in between. */
  #damage(device: string): string | null {
    unmount(this.#root);
    const [command, ...words] = fileSystemFacts[this.setup.storage.fs].fsck;
    const { status, error, stdout, stderr } = spawnSync(command!, [...words, device], {
      encoding: 'utf8',
      timeout: fsckTimeoutMs,
    });
    if (status === null) throw new Error(`${command}: ${error?.message ?? 'killed'}`);
    this.#mount(device, mountFlag.noAtime);
    return fsckProblem([command!, ...words], status, `${stdout}${stderr}`)?.detail ?? null;
  }

  /** Empties the directory and writes to it again; why that failed, or null. */
  #useAgain(): string | null {
    let doing = '';
    try {
      for (const name of readdirSync(this.#root, { encoding: 'buffer' })) {
        if (name.toString() === 'lost+found') continue;
        doing = `removing ${name.toString('latin1')}`;
        rmSync(Buffer.concat([Buffer.from(`${this.#root}/`), name]) as unknown as string, {
          recursive: true,
        });
      }
      doing = 'writing a new file';
      writeFileSync(join(this.#root, 'again'), 'again');
      doing = 'removing a new file';
      rmSync(join(this.#root, 'again'));
      return null;
    } catch (error) {
      const code = error instanceof SystemCallError ? error.code : errorCode(error);
      if (code === null) throw error;
      return `${doing}: ${code}`;
    }
  }
}
