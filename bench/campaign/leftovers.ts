/** What runs with a state folder of their own left on this machine. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { loopLabelOf } from '../../harness/attach/loop.js';
import { mountsBelow } from '../../harness/state/mounts.js';
import { processesMarked } from '../../harness/state/processes.js';
import { loopLabel } from '../../harness/state/run-space.js';

/** The environment variable that sets the state folder apart, and by which processes are known. */
export const stateVariable = 'PLUGPULL_STATE_DIR';

export interface Territory {
  /** Value of PLUGPULL_STATE_DIR of the runs. */
  stateFolder: string;
  /** Value of TMPDIR of the runs. */
  temporaryFolder: string;
  /** Ids of all runs there ever were. */
  runs: ReadonlySet<string>;
  /** Loop devices that these runs noted down before they attached them. */
  loops: ReadonlySet<string>;
}

/** One line for each process, mount, loop device and file. */
export function leftovers({ stateFolder, temporaryFolder, runs, loops }: Territory): string[] {
  const labels = new Set([...runs].map(loopLabel));
  return [
    ...processesMarked(stateVariable, stateFolder).map((pid) => `process ${pid}: ${commandOf(pid)}`),
    ...mountsBelow(stateFolder).map((path) => `mount ${path}`),
    ...loopDevices()
      .filter(({ device, label }) => (label === unreadable ? loops.has(device) : labels.has(label)))
      .map(({ device }) => `loop device ${device}`),
    ...[stateFolder, temporaryFolder].flatMap((folder) =>
      names(folder).map((name) => `file ${folder}/${name}`),
    ),
  ];
}

/** The label of a device whose file is served by nobody any more: whose it was, only its number can tell. */
const unreadable = '';

function loopDevices(): { device: string; label: string }[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop') && existsSync(`/sys/block/${name}/loop/backing_file`))
    .map((name) => ({ device: `/dev/${name}`, label: labelOf(`/dev/${name}`) }));
}

function labelOf(device: string): string {
  try {
    const fd = openSync(device, 'r');
    try {
      return loopLabelOf(fd) ?? 'free';
    } finally {
      closeSync(fd);
    }
  } catch {
    return unreadable;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return 'ended meanwhile';
  }
}

export function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
