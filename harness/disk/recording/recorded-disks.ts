/**
 * The disks of one recording: each with its own content, cache and faults, all with one power. What is done to them goes
 * into one log, in one order, with the sectors of the second behind those of the first; a flush is about its own disk, and
 * says which by that disk's first sector.
 */
import type { DiskBehaviour } from '../../scenario/schema/disk.js';
import { type BlockDevice, sectorBytes } from '../block-device.js';
import { FaultyDevice } from '../faults.js';
import type { PowerSwitch } from '../power-switch.js';
import { type OperationSink, RecordingDevice } from '../recorder.js';
import { SparseImage } from '../sparse-image.js';

export class RecordedDisks {
  readonly #recorders: RecordingDevice[];

  /** @param about `content`: an image of all of them to begin with, one behind the other */
  constructor(
    count: number,
    private readonly about: {
      sizeBytes: number;
      behaviour: DiskBehaviour;
      content?: string | undefined;
    },
  ) {
    const { sizeBytes, behaviour, content } = about;
    this.#recorders = Array.from({ length: count }, (_, nth) => {
      const image = new SparseImage(sizeBytes);
      if (content !== undefined) image.load(content, nth * sizeBytes);
      return new RecordingDevice(image, behaviour);
    });
  }

  /** What is served, in the order of the disks, and what makes their faults count from now on. */
  devices(power: PowerSwitch): (BlockDevice & { arm(): void })[] {
    return this.#recorders.map((recorder) => new FaultyDevice(recorder, this.about.behaviour.faults, power));
  }

  /** Flushes before the recording, of the disk that saw the fewest. */
  get flushesBeforeStart(): number {
    return Math.min(...this.#recorders.map(({ flushesBeforeStart }) => flushesBeforeStart));
  }

  /** As `RecordingDevice.start`, for each. */
  start(baseImagePath: string, sink: OperationSink): void {
    const { sizeBytes } = this.about;
    for (const [nth, recorder] of this.#recorders.entries()) {
      const first = (nth * sizeBytes) / sectorBytes;
      recorder.start(
        baseImagePath,
        (operation) => sink({ ...operation, sector: first + operation.sector }),
        nth * sizeBytes,
      );
    }
  }

  stop(): void {
    for (const recorder of this.#recorders) recorder.stop();
  }
}
