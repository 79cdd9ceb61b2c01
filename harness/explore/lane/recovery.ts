/**
 * Mounting crash states, letting the file system recover, and judging what is there, wherever the device is: on the
 * host's loop device, or in a User-mode Linux guest. Synchronous: one thing at a time.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Made } from '../../attach/attaching-run.js';
import { fileSystemFacts } from '../../attach/file-system.js';
import { forgetContent } from '../../attach/forget-content.js';
import { hangsAfterMs } from '../../attach/hang-limit.js';
import { ofNode, type RaisedStorages, Storages } from '../../attach/layers/storages.js';
import { mount, mountFlag, SystemCallError } from '../../attach/libc.js';
import { besideOthers, waitUntilFree } from '../../attach/mounting.js';
import { programEnvironment } from '../../capture/environment.js';
import { CheckerRunner } from '../../judge/checker.js';
import { doesNotMount, fsckProblem } from '../../judge/corruption.js';
import type { Judgement, Problem } from '../../judge/judgement.js';
import { LocalTree } from '../../judge/local-tree.js';
import { diskNames } from '../../scenario/nodes.js';
import { layerLabel } from '../../scenario/schema/layers.js';
import type { Storage } from '../../scenario/schema/storage.js';
import { checkerOfMany } from '../../server/programs.js';
import { killMarked } from '../../state/processes.js';
import { RunSpace } from '../../state/run-space.js';
import { onDisk } from '../../syscalls/byte-path.js';
import { openTrace, type Trace } from '../../trace/trace.js';
import { NotedTree, type TreeFacts } from '../tree-facts.js';
import type { Left, RecovererSetup, RecoveryAnswer, RecoveryJob, Seen } from './recovery-messages.js';
import { StateJudge } from './state-judge.js';
import { emptyTree } from './tree-emptying.js';
import { TreeLook } from './tree-look.js';
import { walkTree } from './tree-walk.js';

/** The mark of what the checker starts, in the environment. */
const checkerMark = 'PLUGPULL_CHECKER';

/** What an answer says of what is known of a tree, in a form that its lane can read; null where it cannot be told. */
export type TellFacts<Told> = (facts: TreeFacts) => Told | null;

interface RecoveryJudgement<Told> extends Judgement {
  seen?: Seen;
  left?: Left<Told>;
  kept?: boolean;
}

export class Recovery<Told> {
  readonly #trace: Trace;
  readonly #storage: Storage;
  readonly #root: string;
  readonly #storages: Storages;
  #raised: RaisedStorages | null = null;
  /** What is mounted had the contents of these read. */
  #filesRead: (string | Buffer)[] = [];
  readonly #judge: StateJudge;
  readonly #look: TreeLook | null;
  readonly #checker: CheckerRunner | null;

  /**
   * @param tell how the lane hears that the recoverer only looks, and that it does so no more
   * @param tellFacts how the lane comes to know what was learnt of trees
   */
  constructor(
    private readonly setup: RecovererSetup,
    private readonly tell: (message: RecoveryAnswer) => void,
    private readonly tellFacts: TellFacts<Told>,
  ) {
    const { laneFolder, look } = setup;
    this.#trace = openTrace(setup.traceFolder);
    const { scenario, storage, workloads, scenario_folder } = this.#trace.manifest;
    this.#storage = scenario.storage[storage]!;
    this.#root = join(laneFolder, 'root');
    mkdirSync(this.#root, { recursive: true });
    const { label, environment } = RunSpace.at(setup.spaceFolder);
    const note = (made: Made): void => RunSpace.at(setup.spaceFolder).note(made);
    const folder = join(laneFolder, 'layers');
    const seat = { folder, at: this.#root, label, environment, note };
    this.#storages = new Storages(this.#storage, diskNames(scenario), seat);
    this.#judge = new StateJudge(this.#trace);
    this.#look = look ? new TreeLook(laneFolder, look, walkTree, emptyTree) : null;
    const checker = checkerOfMany(scenario);
    this.#checker = checker
      ? new CheckerRunner({
          checker,
          homeFolder: scenario_folder ?? '/',
          stateFile: join(laneFolder, 'state.json'),
          env: {
            ...programEnvironment(workloads, scenario_folder),
            ...RunSpace.at(setup.spaceFolder).environment,
            [checkerMark]: laneFolder,
            ...scenario.workload.env,
          },
          stderrFile: join(laneFolder, 'checker.err'),
        })
      : null;
  }

  /** How many disks there are, one behind the other, and their size together. */
  get disks(): { count: number; sizeBytes: number } {
    const { scenario, size_bytes: sizeBytes } = this.#trace.manifest;
    return { count: diskNames(scenario).length, sizeBytes };
  }

  /** Whether what recoveries write is looked at, to crash them. */
  get isCrashedAgain(): boolean {
    return this.#trace.manifest.scenario.explore.nested;
  }

  /** Recovers what is on the devices now, or judges what is mounted still. */
  recover(devices: readonly string[], job: RecoveryJob): RecoveryJudgement<Told> {
    if (job.kept === 'judge') {
      for (const path of this.#filesRead) forgetContent(path);
      return { ...this.#judgeMounted(job), kept: true };
    }
    if (job.kept === 'unmount') {
      this.#unmountNow(devices);
      return { problems: [] };
    }
    try {
      this.#raised = this.#storages.raise(devices, { more: besideOthers(this.#storage) });
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      const problems = [doesNotMount(`${named(this.#storage)}${ofNode(error)}`, error.code)];
      return { problems, left: { lasting: problems, facts: null } };
    }
    const keeps = job.keep === true && this.#canBeJudgedAgain;
    let judged: RecoveryJudgement<Told> | null = null;
    try {
      if (keeps) this.tell({ type: 'mounted' });
      judged = this.#judgeMounted(job);
    } finally {
      if (!keeps || !judged) this.#unmountNow(devices);
    }
    if (keeps) return { ...judged, kept: true };
    const lasting = this.#trace.manifest.scenario.explore.fsck === 'after' ? this.#fsck(devices) : [];
    const { problems, left } = judged;
    return {
      ...judged,
      problems: [...problems, ...lasting],
      ...(left ? { left: { ...left, lasting } } : {}),
    };
  }

  /** Nobody but us, who only read, did anything to what is mounted, and nothing else keeps what files hold. */
  get #canBeJudgedAgain(): boolean {
    const { explore } = this.#trace.manifest.scenario;
    const changes = this.#checker !== null || this.setup.look?.empties === true;
    return !changes && !explore.nested && explore.fsck !== 'after' && this.#isPlain;
  }

  /** One disk, and the file system right on it. */
  get #isPlain(): boolean {
    return this.disks.count === 1 && this.#storage.layers.length === 0;
  }

  #judgeMounted({ point, look }: RecoveryJob): RecoveryJudgement<Told> {
    if (look === 'only') return { problems: [], seen: this.#lookAround() };
    const tree = new NotedTree(new LocalTree(this.#root));
    const problems = this.#judge.problems(tree, point.acks);
    if (this.#checker) {
      const state = { directory: this.#root, ...this.#judge.told(point), crash_point: point };
      problems.push(...this.#checker.check(state).problems);
    }
    const seen = look === 'after' ? this.#lookAround() : null;
    this.#filesRead = [
      ...[...tree.facts.lookedInto.keys()].map((path) => onDisk(this.#root, path)),
      ...(seen ? this.#look!.filesSeen(this.#root) : []),
    ];
    const facts = this.#checker ? null : this.tellFacts(tree.facts);
    return { problems, ...(facts ? { left: { lasting: [], facts } } : {}), ...(seen ? { seen } : {}) };
  }

  /** Ends the checker, and lets go of all files. */
  dispose(): void {
    this.#checker?.dispose();
    this.#look?.close();
    this.#trace.close();
  }

  /** All of the recovered tree; the lane is told, because what is read for it decides nothing. */
  #lookAround(): Seen {
    this.tell({ type: 'looking' });
    // Of this mount only: no access times, so that looking changes nothing.
    mount('', this.#root, '', mountFlag.bind | mountFlag.remount | mountFlag.noAtime, '');
    const seen = this.#look!.look(this.#root);
    this.tell({ type: 'looked' });
    return seen;
  }

  /**
   * Nobody looks at what a recovery left once it was judged: what a server wrote there need not be written back. Where only
   * the file system wrote, stopping it takes longer than that (measured).
   */
  get #isThrownAway(): boolean {
    const { explore, server } = this.#trace.manifest.scenario;
    return server !== undefined && explore.fsck !== 'after' && !explore.nested;
  }

  /** What a checker leaves running is killed with its process group; closing the last file can still take a moment. */
  #unmountNow(devices: readonly string[]): void {
    const deadline = performance.now() + hangsAfterMs;
    let pauseMs = 5;
    for (let first = true; ; first = false) {
      try {
        if (first && this.#isThrownAway) this.#raised!.discard();
        else this.#raised!.lower();
        break;
      } catch (error) {
        if (!(error instanceof SystemCallError) || error.code !== 'EBUSY' || performance.now() > deadline)
          throw error;
        // One that made itself a session of its own is still known by its environment.
        this.#checker?.endPersistent();
        killMarked(checkerMark, this.setup.laneFolder);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
        // Looking for them takes the processor that a large server needs to end.
        pauseMs = Math.min(200, 2 * pauseMs);
      }
    }
    if (this.#trace.manifest.scenario.place !== 'container') return;
    // A container has a copy of the mount, and the file system lives as long as that.
    killMarked(checkerMark, this.setup.laneFolder);
    for (const device of devices) waitUntilFree(device);
  }

  #fsck(devices: readonly string[]): Problem[] {
    const [command, ...args] = fileSystemFacts[this.#storage.fs].fsck;
    const results = this.#storages.withDevices(devices, (below) =>
      spawnSync(command!, [...args, below], { encoding: 'utf8', timeout: 120_000 }),
    );
    return results.flatMap(({ status, error, signal, stdout, stderr }) => {
      const ended = status ?? error?.message ?? `${signal}`;
      return fsckProblem([command!, ...args], ended, `${stdout ?? ''}${stderr ?? ''}`) ?? [];
    });
  }
}

function named({ fs, layers }: Storage): string {
  return [fs, ...layers.map(layerLabel)].join(' with ');
}
