import type { BlockDevice } from '../../disk/block-device.js';
import type { Problem } from '../../judge/judgement.js';
import type { ObservedImage } from '../memory.js';
import type { TreeFacts } from '../tree-facts.js';
import type { Left, RecoveryJob, Seen } from './recovery-messages.js';

/** A disk that a file system recovers on, and whoever mounts and judges it. */
export interface RecoveringDisk {
  /** Runs one recovery on `device`, which lies over `image`; or what else the job says. */
  recover(device: BlockDevice, image: ObservedImage, job: RecoveryJob): Recovered;
  close(): void;
}

/** How a recovered crash state was judged, what was seen of its tree, and what it left whatever was acked. */
export interface Recovered {
  problems: Problem[];
  seen?: Seen;
  left?: Left<TreeFacts>;
  /** It is still mounted, and can be judged again. */
  kept?: boolean;
}
