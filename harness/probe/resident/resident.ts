/**
 * The program that works on a lane's disk, wherever that is: makes its file system, carries out workloads, mounts what
 * crashes leave. One process for all of it; it never serves a disk, so it may block in the kernel on one.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncAll, syncFileSystem } from '../../attach/file-calls.js';
import { fileSystemFacts } from '../../attach/file-system.js';
import { withKernelWords } from '../../attach/kernel-words.js';
import { LayerError, type LayerSeat } from '../../attach/layers/layer.js';
import { type RaisedStack, StorageStack } from '../../attach/layers/storage-stack.js';
import { errorCode, mountFlag, SystemCallError } from '../../attach/libc.js';
import { runMkfs } from '../../attach/run-mkfs.js';
import { setWriteCache, type WriteCache } from '../../attach/write-cache.js';
import { fsckProblem } from '../../judge/corruption.js';
import { Performer } from '../executor/perform.js';
import { failSync } from '../failed-sync/fail-sync.js';
import type { Operation } from '../workload/operation.js';
import { findTree, shapeOf } from './found-tree.js';
import type { Answer, Job, JobResult, ResidentSetup } from './messages.js';
import { openWriteBack } from './write-back.js';

const fsckTimeoutMs = 100_000;

export class Resident {
  readonly #stack: StorageStack;
  #raised: RaisedStack | null = null;
  readonly #caches = new Map<string, WriteCache>();
  /** Trees of the workload under way that were emptied before, by their shape: another time would show nothing new. */
  readonly #emptied = new Set<string>();

  constructor(
    private readonly setup: ResidentSetup,
    /** Heard when it returns. */
    private readonly tell: (answer: Answer) => void,
    /** Whether `sync` is sync(2), or syncfs(2) of each file system that is ours. */
    private readonly options: { syncsAll: boolean },
    private readonly seat: Omit<LayerSeat, 'at'>,
  ) {
    const at = join(setup.laneFolder, 'root');
    mkdirSync(at, { recursive: true });
    this.#stack = new StorageStack(setup.storage, { ...seat, at });
  }

  do(job: Job, device: string): JobResult {
    switch (job.type) {
      case 'make':
        return this.#make(device);
      case 'try_mount':
        return this.#tryMount(device);
      case 'execute':
        this.#takeFor(device, 'write back');
        return this.#execute(device, job);
      case 'fail_sync':
        this.#takeFor(device, 'write back');
        return this.#failSync(device);
      case 'recover':
        // What a recovery writes is thrown away: nobody needs to know when it is durable.
        this.#takeFor(device, 'write through');
        return this.#recover(device, job.fsck);
    }
  }

  /** Asking for what is so already would stop the device for a moment, too: it waits until nobody uses its queue. */
  #takeFor(device: string, cache: WriteCache): void {
    for (const disk of [device, ...(this.seat.moreDisks ?? [])]) {
      if (this.#caches.get(disk) !== cache) setWriteCache(disk, cache);
      this.#caches.set(disk, cache);
    }
  }

  #make(device: string): JobResult {
    const { storage } = this.setup;
    let refused: ReturnType<typeof runMkfs> = null;
    try {
      this.#stack.make(device, (below) => {
        refused = runMkfs(below, storage);
        if (refused) throw new LayerError(refused.said);
      });
    } catch (error) {
      if (!(error instanceof LayerError || error instanceof SystemCallError)) throw error;
      return { type: 'refused', ...(refused ?? { by: 'layer', said: error.message }) };
    }
    return { type: 'made' };
  }

  /** What the kernel will not have at all says nothing of crashes. */
  #tryMount(device: string): JobResult {
    const { result: refused, words } = withKernelWords(() => this.#refusedMount(device));
    if (refused) return { ...refused, said: [refused.said, ...words].join('; ') };
    this.#raised!.discard();
    return { type: 'mounts' };
  }

  #execute(device: string, { setup, body, schedule }: Extract<Job, { type: 'execute' }>): JobResult {
    this.#emptied.clear();
    const refused = this.#refusedMount(device);
    if (refused) return refused;
    const performer = new Performer(
      this.#raised!.root,
      this.options.syncsAll ? syncAll : () => this.#syncEach(),
    );
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
      this.#settle();
      this.tell({ type: 'started', tree: findTree(this.#raised!.root) });
      if (ready) {
        const writeBack = openWriteBack(schedule, {
          root: this.#raised!.root,
          fs: this.setup.storage.fs,
          holdBytes: (held) => this.tell({ type: 'bytes_held', held }),
        });
        body.every((operation, i) => {
          if (!attempt(operation, setup.length + i, i)) return false;
          this.tell({ type: 'returned' });
          writeBack.after(operation);
          return true;
        });
        writeBack.atEnd();
        writeBack.close();
      }
      // What the kernel had put off is in the recording, too.
      performer.perform({ op: 'syncfs' }, 0);
      this.#settle();
      this.tell({ type: 'finished', failed });
    } finally {
      performer.close();
      this.#raised!.lower();
    }
    return { type: 'executed' };
  }

  #failSync(device: string): JobResult {
    this.#emptied.clear();
    const refused = this.#refusedMount(device);
    if (refused) return refused;
    const { root } = this.#raised!;
    const told = (moment: 'failing' | 'working' | 'synced'): void =>
      this.tell({ type: 'fault_moment', moment });
    // Of the whole machine: this is for a guest of its own (proc(5), vm/drop_caches).
    const evict = (): void => writeFileSync('/proc/sys/vm/drop_caches', '1');
    try {
      return { type: 'sync_failed', seen: failSync(root, told, evict) };
    } finally {
      this.#raised!.lower();
    }
  }

  #recover(device: string, fsck: boolean): JobResult {
    try {
      this.#mount(device, mountFlag.noAtime);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      return { type: 'recovered', tree: null, error: error.code, unusable: null, damage: null };
    }
    let wasWritten = false;
    try {
      const tree = findTree(this.#raised!.root);
      const shape = shapeOf(tree);
      if (this.#emptied.has(shape))
        return { type: 'recovered', tree, error: null, unusable: null, damage: null };
      this.tell({ type: 'looking' });
      wasWritten = true;
      const damage = fsck ? this.#damage(device) : null;
      const unusable = this.#useAgain();
      this.#emptied.add(shape);
      return { type: 'recovered', tree, error: null, unusable, damage };
    } finally {
      // Where only the file system wrote, stopping it takes longer than writing the rest (measured).
      if (wasWritten) this.#raised!.discard();
      else this.#raised!.lower();
    }
  }

  /** Mounts it, to be written to; null: it is mounted. */
  #refusedMount(device: string): Extract<JobResult, { type: 'refused' }> | null {
    try {
      this.#mount(device, 0);
      return null;
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      return { type: 'refused', by: 'mount', said: error.code };
    }
  }

  #mount(device: string, flags: number): void {
    this.#raised = this.#stack.raise(device, { flags });
  }

  /** What layers keep back by themselves (one that is volatile syncs nothing) reaches the disk all the same. */
  #settle(): void {
    if (this.setup.storage.layers.length > 0) this.#syncEach();
  }

  /** From the top down. */
  #syncEach(): void {
    for (const at of this.#raised!.mounts) {
      const fd = openSync(at, 'r');
      syncFileSystem(fd);
      closeSync(fd);
    }
  }

  /** What its checker says of the file system, unmounted in between. */
  #damage(device: string): string | null {
    const { fs } = this.setup.storage;
    const [command, ...words] = fileSystemFacts[fs].fsck;
    this.#raised!.lower();
    const { status, error, stdout, stderr } = this.#stack.withDevice(device, (below) =>
      spawnSync(command!, [...words, below], { encoding: 'utf8', timeout: fsckTimeoutMs }),
    );
    this.#mount(device, mountFlag.noAtime);
    if (status === null) throw new Error(`${command}: ${error?.message ?? 'killed'}`);
    return fsckProblem([command!, ...words], status, `${stdout}${stderr}`)?.detail ?? null;
  }

  /** Empties the directory and writes to it again; why that failed, or null. */
  #useAgain(): string | null {
    let doing = '';
    try {
      for (const name of readdirSync(this.#raised!.root, { encoding: 'buffer' })) {
        if (name.toString() === 'lost+found') continue;
        doing = `removing ${name.toString('latin1')}`;
        rmSync(Buffer.concat([Buffer.from(`${this.#raised!.root}/`), name]) as unknown as string, {
          recursive: true,
        });
      }
      doing = 'writing a new file';
      writeFileSync(join(this.#raised!.root, 'again'), 'again');
      doing = 'removing a new file';
      rmSync(join(this.#raised!.root, 'again'));
      return null;
    } catch (error) {
      const code = error instanceof SystemCallError ? error.code : errorCode(error);
      if (code === null) throw error;
      return `${doing}: ${code}`;
    }
  }
}
