/**
 * A disk for a container of a test, whose power the test cuts: `plugpull/testcontainers`.
 *
 * The disk is recorded from its first mount on. A cut freezes acks and the disk in one step; then what holds the disk is
 * killed, and the disk comes back as the power cut left it: all that was flushed, and of the rest what is chosen. Needs root,
 * and an engine on this machine. Knows nothing of testcontainers but the two methods it calls.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Lost, lose } from '../../../vm/live/survivors.js';
import { seededRandom } from '../../explore/random.js';
import { explorable } from '../../explore/recording.js';
import { writeCrashImage } from '../../inspect/crash-image-file.js';
import { requireHost } from '../../run/planning/require-host.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Loss } from '../../scenario/schema/live.js';
import { type ScenarioInput, scenario } from '../../scenario/schema/scenario.js';
import type { FileSystem } from '../../scenario/schema/storage.js';
import { cleanRun } from '../../state/clean.js';
import { RunSpace } from '../../state/run-space.js';
import { openTrace } from '../../trace/trace.js';
import { type HeldContainer, HeldContainers } from './held-containers.js';
import { PoweredDisk } from './powered-disk.js';
import { type Verified, verifyStates } from './verify.js';

export interface CrashDiskOptions {
  /** ext4 by default. */
  fs?: Exclude<FileSystem, 'f2fs'>;
  /** Such as `256MiB`, the default. */
  size?: string | number;
  /** Mount options. */
  mount?: string[];
  /** Of what `lose: 'some'` and `'torn'` leave to chance; 1 by default. */
  seed?: number;
  /** Folder that gets a trace for each cut, for `plugpull check`; without it they go with the disk. */
  traces?: string;
}

/**
 * What is lost of the disk's cache: all, none, some (each write by chance), torn (some, and of one write that is larger than
 * the disk's atomic unit a part), or some by a seed of its own.
 */
export type Lose = Loss | { seed: number };

export interface Crash {
  /** What was acknowledged before the power went, in order. */
  acks: string[];
  /** What was under way: it may be there or not. */
  maybe: string[];
  /** Writes in the disk's cache when the power went, and how many of them were lost, whole or in part. */
  pendingWrites: number;
  lostWrites: number;
  /** Settings of the containers that switch syncing off, in words. Also given as a warning of the process. */
  warnings: string[];
  /** The recording up to the cut; null without `traces`. */
  trace: string | null;
  /** Starts what held the disk again, on what is left of it, and waits until it is ready. */
  restart(): Promise<void>;
}

export class CrashDisk {
  readonly #held = new HeldContainers();
  readonly #acks: string[] = [];
  readonly #open = new Set<string>();
  readonly #random: () => number;
  #powered: PoweredDisk | null = null;
  #cuts = 0;
  #last: { traceFolder: string; crash: Pick<Crash, 'acks' | 'maybe'> } | null = null;

  private constructor(
    private readonly space: RunSpace,
    private readonly root: string,
    private readonly loaded: LoadedScenario,
    private readonly options: CrashDiskOptions,
  ) {
    this.#random = seededRandom(options.seed ?? 1);
  }

  /**
   * Makes the disk, its file system, and mounts it.
   *
   * @throws UnavailableError when root, a device or a tool is missing
   */
  static async create(options: CrashDiskOptions = {}): Promise<CrashDisk> {
    const { fs = 'ext4', size = '256MiB', mount = [] } = options;
    requireHost([fs]);
    const input: ScenarioInput = {
      name: 'crash-disk',
      workload: { run: 'true' },
      storage: [{ fs, size, mount }],
      promise: {},
    };
    const loaded = { file: null, input, scenario: scenario.parse(input) };
    const space = RunSpace.create();
    const root = space.newFolder('root');
    const disk = new CrashDisk(space, root, loaded, options);
    try {
      await disk.#powerOn(null, disk.#traceFolder());
    } catch (error) {
      await disk.close();
      throw error;
    }
    return disk;
  }

  /** The disk as a bind mount of testcontainers: `withBindMounts([disk.at('/var/lib/postgresql/data')])`. */
  at(target: string): { source: string; target: string; mode: 'rw' } {
    return { source: this.root, target, mode: 'rw' };
  }

  /** Who is killed when the power goes, and started again. */
  holds(...containers: readonly HeldContainer[]): void {
    this.#held.add(containers);
  }

  /**
   * Says that something is safe. With `action` that is done first, and is under way (`Crash.maybe`) until then.
   *
   * @throws Error when the power went before, and may have come back since
   */
  async ack(text: string, action?: () => Promise<unknown>): Promise<void> {
    const powered = this.#on();
    this.#open.add(text);
    try {
      await action?.();
      const isOn = this.#powered === powered;
      if (!isOn || (await powered.giveAck(text)) === 'cut')
        throw new Error(`the power went before ack ${JSON.stringify(text)}`);
    } finally {
      if (this.#powered === powered) this.#open.delete(text);
    }
  }

  /** Cuts the power now. Resolves when the file system has recovered from it. */
  async cut({ lose: how = 'all' }: { lose?: Lose } = {}): Promise<Crash> {
    const powered = this.#on();
    const warnings = await this.#held.warnings();
    for (const warning of warnings) process.emitWarning(warning, { type: 'PlugpullWarning' });
    const cutAt = await powered.cut();
    const crash = { acks: [...this.#acks], maybe: [...this.#open] };
    this.#open.clear();
    this.#powered = null;
    await this.#held.kill();
    await powered.off(cutAt);
    const { traceFolder } = powered;
    this.#last = { traceFolder, crash };
    const left = await this.#left(traceFolder, how);
    await this.#powerOn(left.image, this.#traceFolder());
    return {
      ...crash,
      pendingWrites: left.pendingWrites,
      lostWrites: left.lostWrites,
      warnings,
      trace: this.options.traces === undefined ? null : traceFolder,
      restart: () => this.#held.restart(),
    };
  }

  /**
   * Afterwards: all crash states of the moment of the last cut, as far as `states` goes. For each the disk is put into it, the
   * containers are started again, and `look` is to throw when what was acknowledged is not there. The disk has no power
   * after that.
   *
   * @param look gets the acks before the cut, and what was under way
   * @throws CrashStateError for the first state that fails, with the fewest lost writes that show it
   */
  async verify(
    look: (crash: Pick<Crash, 'acks' | 'maybe'>) => Promise<unknown>,
    { states = 50 }: { states?: number } = {},
  ): Promise<Verified> {
    if (!this.#last) throw new Error('verify: expected a cut before it, whose moment it looks at');
    const { traceFolder, crash } = this.#last;
    await this.#discard();
    const trace = openTrace(traceFolder);
    try {
      const tryState = (point: number, lost: readonly number[]): Promise<void> =>
        this.#tryState({ trace, point, lost }, () => look(crash));
      const { seed = 1 } = this.options;
      return await verifyStates(trace, tryState, { states, seed, acks: crash.acks.length });
    } finally {
      trace.close();
    }
  }

  /** Takes the disk away; what holds it has to be stopped before. */
  async close(): Promise<void> {
    const powered = this.#powered;
    this.#powered = null;
    try {
      await powered?.close();
    } finally {
      cleanRun(this.space.id);
    }
  }

  #on(): PoweredDisk {
    if (!this.#powered) throw new Error('the disk has no power: it is being cut, or was closed');
    return this.#powered;
  }

  #traceFolder(): string {
    return join(this.options.traces ?? this.space.path('traces'), `cut-${++this.#cuts}`);
  }

  async #powerOn(content: string | null, traceFolder: string): Promise<void> {
    const { space, root, loaded } = this;
    const onAck = (text: string): void => void this.#acks.push(text);
    this.#powered = await PoweredDisk.on({ space, root, loaded, traceFolder, content, onAck });
    if (content !== null) rmSync(content);
  }

  /** Takes the power away, and forgets what was recorded since it came. */
  async #discard(): Promise<void> {
    const powered = this.#powered;
    this.#powered = null;
    if (!powered) return;
    const cutAt = await powered.cut();
    await this.#held.kill();
    await powered.off(cutAt);
    rmSync(powered.traceFolder, { recursive: true });
  }

  async #tryState(
    state: Pick<Parameters<typeof writeCrashImage>[0], 'trace' | 'point' | 'lost'>,
    look: () => Promise<unknown>,
  ): Promise<void> {
    const number = this.space.nextNumber();
    const path = this.space.path(`state-${number}.img`);
    await writeCrashImage({ ...state, path });
    await this.#powerOn(path, this.space.path(`state-${number}`));
    try {
      await this.#held.restart();
      await look();
    } finally {
      await this.#discard();
    }
  }

  async #left(
    traceFolder: string,
    how: Lose,
  ): Promise<{ image: string; pendingWrites: number; lostWrites: number }> {
    const trace = openTrace(traceFolder);
    try {
      const { recording, points } = explorable(trace);
      const { pieces } = recording;
      const end = points.at(-1)!;
      const pending = pieces.pendingAt(end);
      const { lost } = this.#lost(how, { round: 0, pending, pieces });
      const image = this.space.path(`left-${this.#cuts}.img`);
      await writeCrashImage({ trace, point: end.id, lost, path: image });
      const writes = new Set(lost.map((piece) => pieces.tornBy(piece)?.piece ?? piece));
      return { image, pendingWrites: pending.length, lostWrites: writes.size };
    } finally {
      trace.close();
    }
  }

  #lost(how: Lose, about: Omit<Parameters<typeof lose>[1], 'wanted'>): Lost {
    if (typeof how === 'string') return lose(this.#random, { ...about, wanted: [how] });
    return lose(seededRandom(how.seed), { ...about, wanted: ['some'] });
  }
}
