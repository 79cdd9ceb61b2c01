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
  /** Loop devices that each of these runs noted down, and had when it was last looked at. */
  loops: ReadonlyMap<string, readonly string[]>;
}

/** One line for each process, mount, loop device and file. */
export function leftovers({ stateFolder, temporaryFolder, runs, loops }: Territory): string[] {
  const labels = new Set([...runs].map(loopLabel));
  const noted = new Set([...loops.values()].flat());
  return [
    ...processesMarked(stateVariable, stateFolder).map((pid) => `process ${pid}: ${commandOf(pid)}`),
    ...mountsBelow(stateFolder).map((path) => `mount ${path}`),
    ...loopDevices()
      .filter(({ device, label }) => (label === unreadable ? noted.has(device) : labels.has(label)))
      .map(({ device }) => `loop device ${device}${holdersOf(device, stateFolder)}`),
    ...[stateFolder, temporaryFolder].flatMap((folder) =>
      names(folder).map((name) => `file ${folder}/${name}`),
    ),
  ];
}

const held = ', which is mounted for';

/** Whether one of the lines that `leftovers` gave is about a device that only others' programs have mounted. */
export function isHeldByOthers(line: string): boolean {
  return line.includes(held);
}

/** Others' programs that have a copy of a device's mount, from when theirs were made; '' where none has. */
function holdersOf(device: string, stateFolder: string): string {
  const number = ` 7:${device.slice('/dev/loop'.length)} `;
  const ours = new Set(processesMarked(stateVariable, stateFolder));
  const holders = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && !ours.has(pid) && mountsOf(pid).includes(number))
    .map((pid) => `process ${pid}: ${commandOf(pid)}`);
  return holders.length === 0 ? '' : `${held} ${holders.join(', ')}`;
}

function mountsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  } catch {
    return '';
  }
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
