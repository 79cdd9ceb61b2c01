/**
 * One mount for several crash states.
 *
 * Most of what a recovery takes is mounting: the journal is replayed, and then a few files are read to judge them. Crash
 * states of one crash point that differ only in what files hold look the same to mount(2). So the mount of one stays for the
 * next, whose files' contents are read anew.
 *
 * Guarantees: what is judged on a kept mount read, from mount(2) on, exactly what this crash state holds. A block that was
 * read before and differs, or is not settled yet, must not have been read by mount(2), and has to be asked for again; where
 * it is not (the kernel made something of it that it keeps: a directory, an inode), the state is recovered afresh.
 * What can go wrong: a kernel that reads a block as part of a file and has also made something else of the same block.
 * The audit recovers its samples afresh.
 */
import type { OverlayDevice } from '../../disk/overlay.js';
import type { ObservedImage } from '../memory.js';
import type { Recovered, RecoveringDisk } from './recovering-disk.js';
import type { RecoveryJob } from './recovery-messages.js';

interface Kept {
  job: RecoveryJob;
  image: ObservedImage;
  overlay: OverlayDevice;
}

export class KeptMount {
  #kept: Kept | null = null;

  constructor(private readonly disk: RecoveringDisk) {}

  /**
   * Recovers and judges `image`, on the mount that is there if that will do.
   *
   * @param fresh a device over `image` that nothing was written to
   * @param keeps whether the next state may be judged on the same mount; whoever says so calls `release`
   */
  recover(image: ObservedImage, job: RecoveryJob, fresh: OverlayDevice, keeps: boolean): Recovered {
    const again = this.#kept && this.#judgeKept(this.#kept, image, job);
    if (again) return again;
    this.release();
    const recovered = this.disk.recover(fresh, image, keeps ? { ...job, keep: true } : job);
    if (recovered.kept) this.#kept = { job, image, overlay: fresh };
    return recovered;
  }

  /** Unmounts what was kept: before the lane waits for anything, since nobody serves the disk meanwhile. */
  release(): void {
    if (!this.#kept) return;
    const { job, image, overlay } = this.#kept;
    this.#kept = null;
    this.disk.recover(overlay, image, { ...job, kept: 'unmount' });
  }

  #judgeKept(kept: Kept, image: ObservedImage, job: RecoveryJob): Recovered | null {
    if (JSON.stringify(kept.job) !== JSON.stringify(job)) return null;
    const open = image.takeOver(kept.image);
    if (!open) return null;
    const overlay = kept.overlay.over(image);
    const recovered = this.disk.recover(overlay, image, { ...job, keep: true, kept: 'judge' });
    this.#kept = recovered.kept ? { job, image, overlay } : null;
    // Its guest is gone: a fresh one has to say what this state comes to.
    if (recovered.kept && open.isClosed()) return recovered;
    this.release();
    image.forget();
    return null;
  }
}
