/**
 * A lane's disk in a guest: served over NBD, mounted and looked at by the guest's agent, judged here.
 *
 * This process serves the disk while it waits for the agent, and touches no file system on it itself. The guest's
 * kernel forgets a disk's blocks when the last user closes it, so the next recovery reads everything anew.
 */
import { join } from 'node:path';
import { type BlockDevice, sectorBytes } from '../../harness/disk/block-device.js';
import { frontDevice } from '../../harness/disk/front-device.js';
import type { GuestSeat, LaneSetup } from '../../harness/explore/lane/messages.js';
import type { Recovered, RecoveringDisk } from '../../harness/explore/lane/recovering-disk.js';
import type { RecoveryJob, Seen } from '../../harness/explore/lane/recovery-messages.js';
import { StateJudge } from '../../harness/explore/lane/state-judge.js';
import { TreeLook } from '../../harness/explore/lane/tree-look.js';
import type { ObservedImage } from '../../harness/explore/memory.js';
import { NotedTree } from '../../harness/explore/tree-facts.js';
import { doesNotMount } from '../../harness/judge/corruption.js';
import type { Problem } from '../../harness/judge/judgement.js';
import type { Storage } from '../../harness/scenario/schema/storage.js';
import { checkerOf } from '../../harness/server/programs.js';
import type { Trace } from '../../harness/trace/trace.js';
import { fsckLimitMs, guestFsck } from '../place/guest-fsck.js';
import { GuestChecker } from './guest-checker.js';
import { GuestTree } from './guest-tree.js';
import { guestEmptying, guestWalk } from './guest-walk.js';
import { GuestSystemError, SyncAgent } from './sync-agent.js';
import { SyncNbdServer } from './sync-nbd.js';

const root = '/mnt/plugpull-lane';

export class GuestLaneDisk implements RecoveringDisk {
  readonly #server: SyncNbdServer;
  readonly #agent: SyncAgent;
  readonly #storage: Storage;
  readonly #judge: StateJudge;
  readonly #checker: GuestChecker | null;
  readonly #look: TreeLook | null;
  readonly #device: string;
  #under: BlockDevice | null = null;

  /** @param onServing called when the guest can be given the disk */
  constructor(
    private readonly trace: Trace,
    { spaceFolder, name, look }: LaneSetup,
    seat: GuestSeat,
    onServing: () => void,
  ) {
    const { manifest } = trace;
    this.#storage = manifest.scenario.storage[manifest.storage]!;
    this.#judge = new StateJudge(trace);
    this.#server = new SyncNbdServer(seat.nbdSocket, this.#front(manifest.size_bytes));
    onServing();
    this.#agent = new SyncAgent(seat.agentSocket, this.#server);
    this.#device = this.#agent.call<string>('find_disk', { serial: seat.serial });
    const folder = join(spaceFolder, name);
    this.#look = look
      ? new TreeLook(folder, look, guestWalk(this.#agent, folder), guestEmptying(this.#agent))
      : null;
    const checker = checkerOf(manifest.scenario);
    this.#checker = checker ? new GuestChecker(this.#agent, checker, manifest) : null;
  }

  recover(device: BlockDevice, image: ObservedImage, job: RecoveryJob): Recovered {
    this.#under = device;
    try {
      return this.#recover(image, job);
    } finally {
      this.#under = null;
    }
  }

  close(): void {
    this.#checker?.dispose();
    this.#agent.close();
    this.#server.close();
  }

  #recover(image: ObservedImage, { point, look }: RecoveryJob): Recovered {
    const { fs, mount: options } = this.#storage;
    try {
      this.#agent.call('mount', { device: this.#device, at: root, fs, options });
    } catch (error) {
      if (!(error instanceof GuestSystemError) || error.code === null) throw error;
      const problems = [doesNotMount(fs, error.code)];
      return { problems, left: { lasting: problems, facts: null } };
    }
    const problems: Problem[] = [];
    const noted = new NotedTree(new GuestTree(this.#agent, root));
    let seen: Seen | undefined;
    try {
      if (look === 'only') return { problems, seen: this.#lookAround(image) };
      problems.push(...this.#judge.problems(noted, point.acks));
      if (this.#checker) {
        const state = { directory: root, ...this.#judge.told(point), crash_point: point };
        problems.push(...this.#checker.check(state).problems);
      }
      if (look === 'after') seen = this.#lookAround(image);
    } finally {
      this.#agent.call('unmount', { at: root });
    }
    const lasting = this.trace.manifest.scenario.explore.fsck === 'after' ? this.#fsck() : [];
    problems.push(...lasting);
    const left = this.#checker ? {} : { left: { lasting, facts: noted.facts } };
    return { problems, ...left, ...(seen ? { seen } : {}) };
  }

  /** All of the recovered tree; what is read for it decides nothing. */
  #lookAround(image: ObservedImage): Seen {
    image.peek();
    try {
      return this.#look!.look(root);
    } finally {
      image.peekNoMore();
    }
  }

  #fsck(): Problem[] {
    const { argv, problemsOf } = guestFsck(this.#storage.fs, this.#device);
    return problemsOf(this.#agent.call('run', { argv, timeout_s: fsckLimitMs / 1000 }, 2 * fsckLimitMs));
  }

  /** What the guest sees: the disk of the recovery under way; zeros in between, when only its kernel looks. */
  #front(sizeBytes: number): BlockDevice {
    return frontDevice(sizeBytes - (sizeBytes % sectorBytes), () => this.#under);
  }
}
