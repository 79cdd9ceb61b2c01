import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import type { Made } from '../attach/attaching-run.js';
import { unmount } from '../attach/libc.js';
import { attachedLoops, detachLoop, loopLabelOf } from '../attach/loop.js';
import { killRun } from './processes.js';
import { isAlive, knownRuns, loopLabel, stateFolder } from './run-space.js';

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

/** Removes everything of one run. Safe to call twice, and for a run that made nothing. */
export function cleanRun(runId: string): Cleaned {
  const folder = join(stateFolder(), runId);
  const cleaned: Cleaned = {
    run: runId,
    processes: killRun(runId),
    mounts: [],
    loops: [],
    containers: [],
    left: [],
  };
  // Before the mounts: a container keeps a copy of what it sees.
  for (const engine of noted(folder, 'container', 'unix://[^"]+')) {
    attempt(cleaned, `what was made in the container engine ${engine}`, () => {
      const { stdout } = execaSync(process.execPath, [removeProgram, engine, runId], { timeout: 60_000 });
      cleaned.containers.push(...stdout.split('\n').filter(Boolean));
    });
  }
  const loops = loopsLabelled(loopLabel(runId));
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
  // A device that the run noted and whose label cannot be read any more is one whose server we have just ended.
  const notedLoops = notedDevices(folder, 'loop').filter(
    (device) => !loops.includes(device) && isAttached(device),
  );
  for (const device of [...loops, ...notedLoops]) {
    attempt(cleaned, `loop device ${device}`, () => {
      if (detachLoop(device, loopLabel(runId), { evenUnreadable: true })) cleaned.loops.push(device);
    });
  }
  const stillMounted = mountsBelow(folder);
  // Never delete through a mount that is still there.
  if (stillMounted.length > 0) cleaned.left.push(...stillMounted.map((path) => `mount ${path}`));
  else attempt(cleaned, `folder ${folder}`, () => rmSync(folder, { recursive: true, force: true }));
  return cleaned;
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

/** Mount points at or below a folder, in the order they were mounted. */
export function mountsBelow(folder: string): string[] {
  return mounts()
    .map(({ at }) => at)
    .filter((at) => isBelow(folder, at));
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** What is mounted, in the order it was (proc(5), mountinfo). */
export function mounts(): { at: string; source: string; type: string }[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // A varying number of optional fields ends at the hyphen; type and source follow it.
      const [before = '', after = ''] = line.split(' - ');
      return {
        at: unescapeOctal(before.split(' ')[4] ?? ''),
        source: unescapeOctal(after.split(' ')[1] ?? ''),
        type: after.split(' ')[0] ?? '',
      };
    });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Kernel NBD devices that the run noted and that are still connected; its server is dead by now. */
function nbdDevicesOf(folder: string): string[] {
  return notedDevices(folder, 'nbd').filter((device) =>
    existsSync(`/sys/block/${device.slice('/dev/'.length)}/pid`),
  );
}

/** Devices of a kind that the run noted before it made them. A torn last line names nothing that was made. */
function notedDevices(folder: string, kind: 'loop' | 'nbd'): string[] {
  return noted(folder, kind, `/dev/${kind}\\d+`);
}

/** What of a kind the run noted, as far as it looks like one. */
function noted(folder: string, kind: Made['kind'], what: string): string[] {
  let lines: string[];
  try {
    lines = readFileSync(join(folder, 'made.ndjson'), 'utf8').split('\n');
  } catch {
    return [];
  }
  const pattern = new RegExp(`^\\{"kind":"${kind}","what":"(${what})"\\}$`);
  return [...new Set(lines.flatMap((line) => pattern.exec(line)?.[1] ?? []))];
}

function isAttached(device: string): boolean {
  return existsSync(`/sys/block/${device.slice('/dev/'.length)}/loop/backing_file`);
}

function loopsLabelled(label: string): string[] {
  return attachedLoops().filter((device) => {
    try {
      const fd = openSync(device, 'r');
      try {
        return loopLabelOf(fd) === label;
      } finally {
        closeSync(fd);
      }
    } catch {
      return false;
    }
  });
}
