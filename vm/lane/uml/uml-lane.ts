/** The command's end of lanes in User-mode Linux. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allowedProcessors } from '../../../harness/attach/scheduling.js';
import type { FromLane, LaneSetup, ToLane } from '../../../harness/explore/lane/messages.js';
import type { LaneClient } from '../../../harness/explore/lane-client.js';
import { LaneProcessClient } from '../../../harness/explore/lane-process-client.js';
import type { Storage } from '../../../harness/scenario/schema/storage.js';
import { oneJobEach } from '../../../harness/state/process-supply.js';
import type { RunSpace } from '../../../harness/state/run-space.js';
import { type UmlKernel, umlKernelLabel } from '../../image/uml-kernel.js';
import { guestModules } from './guest-modules.js';
import type { UmlSeat } from './guest-setup.js';

/** What node, a program's checker and a file system's memory take; little of it is ever touched. */
const defaultMemoryMib = 256;
/** A recovery takes milliseconds; one that takes this long is not waited for. */
const defaultLimitMs = 60_000;

class UmlLane implements LaneClient {
  readonly kernel: Promise<string>;
  readonly #process: Promise<LaneProcessClient>;

  constructor(
    readonly name: string,
    private readonly space: RunSpace,
    image: Promise<UmlKernel>,
    seat: Pick<UmlSeat, 'sizeBytes' | 'needed' | 'processor' | 'limitMs' | 'memoryMib'>,
  ) {
    this.kernel = image.then(umlKernelLabel);
    this.kernel.catch(() => {});
    this.#process = image.then(({ folder, program, modules }) => {
      const whole: UmlSeat = {
        ...seat,
        kernel: { folder, program, modules },
        laneFolder: this.folder,
      };
      const path = fileURLToPath(new URL('./uml-lane-process.js', import.meta.url));
      return new LaneProcessClient(name, { path, words: [JSON.stringify(whole)] }, oneJobEach(space));
    });
    this.#process.catch(() => {});
  }

  start(): void {
    void this.#process.then((process) => process.start()).catch(() => {});
  }

  get folder(): string {
    return join(this.space.folder, this.name);
  }

  async begin(
    { traceFolder, look }: Pick<LaneSetup, 'traceFolder' | 'look'>,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string | Error) => void,
  ): Promise<void> {
    const { name, space } = this;
    const whole = { traceFolder, look, name, spaceFolder: space.folder, directIo: true, guest: null };
    await (await this.#process).begin(whole, onMessage, onEnd);
  }

  send(task: ToLane): void {
    // A lane that was begun with is there.
    void this.#process.then((process) => process.send(task));
  }

  async close(how?: { atOnce?: boolean }): Promise<void> {
    const process = await this.#process.catch(() => null);
    await process?.close(how);
  }
}

/**
 * Lanes in User-mode Linux: as many as asked for, one a core without a wish, each on a core of its own. The first is
 * started, as on the host.
 */
export function startUmlLanes(options: {
  space: RunSpace;
  kernel: Promise<UmlKernel>;
  storage: Pick<Storage, 'fs' | 'layers'>;
  sizeBytes: number;
  lanes?: number | undefined;
  /** Milliseconds that one recovery may take, beyond the limits of checker and fsck. */
  limitMs?: number | undefined;
  memoryMib?: number | undefined;
}): LaneClient[] {
  const { space, kernel, storage, sizeBytes, lanes = availableParallelism() } = options;
  const { limitMs = defaultLimitMs, memoryMib = defaultMemoryMib } = options;
  const processors = allowedProcessors();
  const made = Array.from({ length: lanes }, (_, nth) => {
    const processor = processors[nth % processors.length] ?? null;
    return new UmlLane(`lane-${space.nextNumber()}`, space, kernel, {
      ...{ needed: guestModules(storage), sizeBytes, processor, limitMs, memoryMib },
    });
  });
  made[0]?.start();
  return made;
}
