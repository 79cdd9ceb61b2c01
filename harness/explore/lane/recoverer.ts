/**
 * The process that mounts crash states, lets the file system recover, and judges what is there.
 *
 * It never serves a disk, so it may block in the kernel on one. Its lane serves the disk and hands it one job
 * after the other through the control file. Everything is synchronous: it does one thing at a time.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemFacts } from '../../attach/file-system.js';
import { mount, mountFlag, SystemCallError, unmount } from '../../attach/libc.js';
import { attachLoop, detachLoop } from '../../attach/loop.js';
import { mountCrashState } from '../../attach/mounting.js';
import { programEnvironment } from '../../capture/environment.js';
import { CheckerRunner } from '../../judge/checker.js';
import { doesNotMount, fsckProblem } from '../../judge/corruption.js';
import type { Judgement, Problem } from '../../judge/judgement.js';
import { LocalTree } from '../../judge/recovered-tree.js';
import { killMarked } from '../../state/processes.js';
import { RunSpace } from '../../state/run-space.js';
import { openTrace } from '../../trace/trace.js';
import { LineInput } from './line-input.js';
import {
  controlFile,
  diskFile,
  type RecovererSetup,
  type RecoveryAnswer,
  type RecoveryJob,
  type Seen,
} from './recovery-messages.js';
import { StateJudge } from './state-judge.js';
import { TreeLook } from './tree-look.js';
import { walkTree } from './tree-walk.js';

/** The mark of what the checker starts, in the environment. */
const checkerMark = 'PLUGPULL_CHECKER';

// Started before there is a trace, so that loading this program costs no time later.
const setupLine = new LineInput(0).next();
if (setupLine === null) process.exit(0);
const setup = JSON.parse(setupLine) as RecovererSetup;
const space = RunSpace.at(setup.spaceFolder);
const trace = openTrace(setup.traceFolder);
const { scenario } = trace.manifest;
const storage = scenario.storage[trace.manifest.storage]!;
const root = join(setup.laneFolder, 'root');
const fuse = join(setup.laneFolder, 'fuse');
const control = openSync(join(fuse, controlFile), 'r+');
const tree = new LocalTree(root);
const judge = new StateJudge(trace);
const treeLook = setup.look ? new TreeLook(setup.laneFolder, setup.look, walkTree) : null;
const checker = scenario.checker
  ? new CheckerRunner({
      checker: scenario.checker,
      homeFolder: trace.manifest.scenario_folder ?? '/',
      stateFile: join(setup.laneFolder, 'state.json'),
      env: {
        ...programEnvironment(trace.manifest.workloads, trace.manifest.scenario_folder),
        ...space.environment,
        [checkerMark]: setup.laneFolder,
        ...scenario.workload.env,
      },
      stderrFile: join(setup.laneFolder, 'checker.err'),
    })
  : null;

function answer(message: RecoveryAnswer): void {
  writeSync(control, JSON.stringify(message));
}

/** All of the recovered tree; the lane is told, because what is read for it decides nothing. */
function lookAround(): Seen {
  answer({ type: 'looking' });
  // Of this mount only: no access times, so that looking changes nothing.
  mount('', root, '', mountFlag.bind | mountFlag.remount | mountFlag.noAtime, '');
  const seen = treeLook!.look(root);
  answer({ type: 'looked' });
  return seen;
}

function recover(device: string, { point, look }: RecoveryJob): Judgement & { seen?: Seen } {
  try {
    mountCrashState(device, root, storage);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return { problems: [doesNotMount(storage.fs, error.code)] };
  }
  const problems: Problem[] = [];
  let seen: Seen | undefined;
  try {
    if (look === 'only') return { problems, seen: lookAround() };
    problems.push(...judge.problems(tree, point.acks));
    if (checker) {
      const acks = judge.ackTexts(point.acks);
      problems.push(...checker.check({ directory: root, acks, crash_point: point }).problems);
    }
    if (look === 'after') seen = lookAround();
  } finally {
    unmountNow();
  }
  if (scenario.explore.fsck === 'after') problems.push(...fsck(device));
  return { problems, ...(seen ? { seen } : {}) };
}

/** What a checker leaves running is killed with its process group; closing the last file can still take a moment. */
function unmountNow(): void {
  const deadline = Date.now() + 5000;
  for (;;) {
    try {
      unmount(root);
      return;
    } catch (error) {
      if (!(error instanceof SystemCallError) || error.code !== 'EBUSY' || Date.now() > deadline) throw error;
      // One that made itself a session of its own is still known by its environment.
      checker?.dispose();
      killMarked(checkerMark, setup.laneFolder);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function fsck(device: string): Problem[] {
  const [command, ...args] = fileSystemFacts[storage.fs].fsck;
  const result = spawnSync(command!, [...args, device], { encoding: 'utf8', timeout: 120_000 });
  const ended = result.status ?? result.error?.message ?? `${result.signal}`;
  const problem = fsckProblem([command!, ...args], ended, `${result.stdout ?? ''}${result.stderr ?? ''}`);
  return problem ? [problem] : [];
}

function main(): void {
  mkdirSync(root, { recursive: true });
  const device = attachLoop(join(fuse, diskFile), { label: space.label, directIo: setup.directIo }, (what) =>
    space.note({ kind: 'loop', what }),
  );
  answer({ type: 'ready' });
  const buffer = Buffer.allocUnsafe(64 * 1024);
  for (;;) {
    const length = readSync(control, buffer, 0, buffer.length, 0);
    if (length === 0) break;
    const job = JSON.parse(buffer.toString('utf8', 0, length)) as RecoveryJob;
    answer({ type: 'judged', ...recover(device, job) });
  }
  checker?.dispose();
  detachLoop(device, space.label);
}

try {
  main();
} catch (error) {
  try {
    answer({ type: 'fault', message: (error as Error).stack ?? String(error) });
  } catch {
    // The lane is gone; nobody is left to tell.
  }
  checker?.dispose();
  closeSync(control);
  process.exit(1);
}
