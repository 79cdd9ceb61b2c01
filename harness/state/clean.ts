import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import type { Made } from '../attach/attaching-run.js';
import { unmount } from '../attach/libc.js';
import { attachedLoops, backingFileOf, detachLoop, loopLabelOf } from '../attach/loop.js';
import { killDeviceUsers } from './device-users.js';
import { isBelow, mounts, mountsBelow } from './mounts.js';
import { killRun } from './processes.js';
import { removeTree } from './remove-tree.js';
import { isAlive, knownRuns, loopLabel, ownerOf, runFolderNamed, stateFolder } from './run-space.js';

const removeProgram = fileURLToPath(new URL('../container/remove-process.js', import.meta.url));

/** What was found and removed, for `doctor --clean`. */
export interface Cleaned {
  run: string;
  processes: number;
  mounts: string[];
  loops: string[];
  /** Containers and networks, as the engine calls them. */
  containers: string[];
  /** What could not be removed, and why. */
  left: string[];
}

/** So often is looked for what came while the rest was removed. */
const mostRounds = 3;

/** Removes everything of one run. Safe to call twice, and for a run that made nothing. */
export function cleanRun(runId: string): Cleaned {
  const cleaned: Cleaned = {
    run: runId,
    processes: killRun(runId),
    mounts: [],
    loops: [],
    containers: [],
    left: [],
  };
  for (let round = 1; round <= mostRounds; round++) {
    cleaned.left = [];
    removeMade(cleaned);
    // A process that was being started when its run was killed bears the run's mark only when it is what it was to become.
    const late = killRun(runId);
    if (late === 0) break;
    cleaned.processes += late;
  }
  return cleaned;
}

/** Removes what a run made, now that none of its processes is there. */
function removeMade(cleaned: Cleaned): void {
  const runId = cleaned.run;
  const folder = join(stateFolder(), runId);
  // Before the mounts: a container keeps a copy of what it sees.
  for (const engine of noted(folder, 'container', 'unix://[^"]+')) {
    attempt(cleaned, `what was made in the container engine ${engine}`, () => {
      const { stdout } = execaSync(process.execPath, [removeProgram, engine, runId], { timeout: 60_000 });
      cleaned.containers.push(...stdout.split('\n').filter(Boolean));
    });
  }
  const owner = ownerOf(folder);
  let inUse = false;
  if (owner !== null) {
    const { killed, spared } = killDeviceUsers({ folder, loops: () => loopsOf(runId, folder), owner });
    cleaned.processes += killed;
    inUse = spared.length > 0;
    if (inUse) cleaned.left.push(`what is in use by ${spared.join(', ')}: end it, then clean again`);
  }
  const loops = loopsOf(runId, folder);
  // A crash state shown to a person is mounted where they asked, outside the folder. Children before parents: the
  // last mounted first.
  const mounted = mounts().filter(({ at, source }) => isBelow(folder, at) || loops.includes(source));
  for (const { at: mountPoint } of mounted.reverse()) {
    attempt(cleaned, `mount ${mountPoint}`, () => {
      unmount(mountPoint, { detach: true });
      cleaned.mounts.push(mountPoint);
    });
  }
  for (const device of nbdDevicesOf(folder)) {
    attempt(cleaned, `nbd device ${device}`, () => {
      execaSync('nbd-client', ['-d', device]);
      cleaned.loops.push(device);
    });
  }
  for (const device of loops) {
    attempt(cleaned, `loop device ${device}`, () => {
      if (detachLoop(device, loopLabel(runId), { evenUnreadable: true })) cleaned.loops.push(device);
    });
  }
  const stillMounted = mountsBelow(folder);
  // What is in use is found again by what is noted there.
  if (inUse) return;
  // Never delete through a mount that is still there.
  if (stillMounted.length > 0) cleaned.left.push(...stillMounted.map((path) => `mount ${path}`));
  else attempt(cleaned, `folder ${folder}`, () => removeTree(folder));
}

/** Cleans after every run whose owner is gone. */
export function cleanDeadRuns(): Cleaned[] {
  return knownRuns()
    .filter((run) => !isAlive(run))
    .map(cleanRun);
}

function attempt(cleaned: Cleaned, what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    cleaned.left.push(`${what}: ${(error as Error).message}`);
  }
}

/** Kernel NBD devices that the run noted and that are still connected; its server is dead by now. */
function nbdDevicesOf(folder: string): string[] {
  return noted(folder, 'nbd', '/dev/nbd\\d+').filter((device) =>
    existsSync(`/sys/block/${device.slice('/dev/'.length)}/pid`),
  );
}

/** Loop devices that a run noted and that did not go meanwhile. */
export function notedLoopDevices(folder: string): string[] {
  const held = new Set<string>();
  for (const { kind, what } of notes(folder, 'loop(?: gone)?', '/dev/loop\\d+')) {
    if (kind === 'loop') held.add(what);
    else held.delete(what);
  }
  return [...held];
}

/** What of a kind the run noted, as far as it looks like one. */
function noted(folder: string, kind: Made['kind'], what: string): string[] {
  return [...new Set(notes(folder, kind, what).map((made) => made.what))];
}

/** Notes of which both parts look as they should. A torn last line names nothing that was made. */
function notes(folder: string, kind: string, what: string): { kind: string; what: string }[] {
  let lines: string[];
  try {
    lines = readFileSync(join(folder, 'made.ndjson'), 'utf8').split('\n');
  } catch {
    return [];
  }
  const pattern = new RegExp(`^\\{"kind":"(${kind})","what":"(${what})"\\}$`);
  return lines.flatMap((line) => {
    const [, foundKind, foundWhat] = pattern.exec(line) ?? [];
    return foundKind === undefined || foundWhat === undefined ? [] : [{ kind: foundKind, what: foundWhat }];
  });
}

/** Those that bear its label. One that the run noted and whose label cannot be read any more is one whose server we have just ended. */
function loopsOf(runId: string, folder: string): string[] {
  const labelled = loopsLabelled(loopLabel(runId));
  return [
    ...labelled,
    ...notedLoopDevices(folder).filter((device) => !labelled.includes(device) && isLost(device, folder)),
  ];
}

/** Attached to what cannot be asked any more; and that is not known to be another run's. */
function isLost(device: string, folder: string): boolean {
  const backing = backingFileOf(device);
  return backing !== null && labelOf(device) === null && [null, folder].includes(runFolderNamed(backing));
}

function loopsLabelled(label: string): string[] {
  return attachedLoops().filter((device) => labelOf(device) === label);
}

/** Null where it cannot be read. */
function labelOf(device: string): string | null {
  try {
    const fd = openSync(device, 'r');
    try {
      return loopLabelOf(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}
