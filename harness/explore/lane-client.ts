import { availableParallelism, release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { concurrentCrashStates } from '../attach/mounting.js';
import type { FileSystem } from '../scenario/schema/storage.js';
import { oneJobEach, type ProcessSupply } from '../state/process-supply.js';
import type { RunSpace } from '../state/run-space.js';
import type { FromLane, LaneSetup, ToLane } from './lane/messages.js';
import { LaneProcessClient } from './lane-process-client.js';

/** The command's end of a lane. */
export interface LaneClient {
  readonly name: string;
  /** The kernel that recovers here, and whose it is. Settled at the latest when `begin` is. */
  readonly kernel: Promise<string>;
  /** Where it keeps its files. */
  readonly folder: string;
  /** Starts what it consists of, if `begin` is to find it there: before there is a trace, since that takes a while. */
  start(): void;
  /** Gives the lane its trace, started or not; resolves when it can take tasks. */
  begin(
    setup: Pick<LaneSetup, 'traceFolder' | 'look'>,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string | Error) => void,
  ): Promise<void>;
  send(task: ToLane): void;
  /** @param atOnce it hangs, and is not asked to end */
  close(how?: { atOnce?: boolean }): Promise<void>;
}

/** A lane whose crash states the host's kernel recovers. */
class HostLane implements LaneClient {
  readonly kernel = Promise.resolve(`${release()} (this machine's)`);
  readonly #process: LaneProcessClient;

  constructor(
    readonly name: string,
    private readonly space: RunSpace,
    private readonly directIo: boolean,
    processes: ProcessSupply,
  ) {
    const path = fileURLToPath(new URL('./lane/lane-process.js', import.meta.url));
    this.#process = new LaneProcessClient(name, { path, ownMounts: true }, processes);
  }

  get folder(): string {
    return join(this.space.folder, this.name);
  }

  start(): void {
    this.#process.start();
  }

  begin(
    setup: Pick<LaneSetup, 'traceFolder' | 'look'>,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string | Error) => void,
  ): Promise<void> {
    const { name, space, directIo } = this;
    const whole = { ...setup, name, spaceFolder: space.folder, directIo, guest: null };
    return this.#process.begin(whole, onMessage, onEnd);
  }

  send(task: ToLane): void {
    this.#process.send(task);
  }

  close(how?: { atOnce?: boolean }): Promise<void> {
    return this.#process.close(how);
  }
}

/**
 * Lanes: as many as asked for, one a core without a wish, and no more than the file system can take. The first is
 * started; whether another one is worth its start shows when there is a trace (LanePool).
 */
export function startLanes(options: {
  space: RunSpace;
  fs: FileSystem;
  lanes?: number | undefined;
  /** Off only to show that the calibration notices. */
  directIo?: boolean | undefined;
  /** Whose processes they are; by default, each is started for these lanes alone. */
  processes?: ProcessSupply | undefined;
}): LaneClient[] {
  const { space, fs, lanes = availableParallelism(), directIo = true } = options;
  const { processes = oneJobEach(space) } = options;
  const count = Math.min(lanes, concurrentCrashStates(fs, release()));
  const made = Array.from(
    { length: count },
    () => new HostLane(`lane-${space.nextNumber()}`, space, directIo, processes),
  );
  made[0]?.start();
  return made;
}
