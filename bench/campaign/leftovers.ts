/** What runs with a state folder of their own left on this machine. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { loopLabelOf } from '../../harness/attach/loop.js';
import { mountsBelow } from '../../harness/state/clean.js';
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
}

/** One line for each process, mount, loop device and file. */
export function leftovers({ stateFolder, temporaryFolder, runs }: Territory): string[] {
  const labels = new Set([...runs].map(loopLabel));
  return [
    ...processesMarked(stateVariable, stateFolder).map((pid) => `process ${pid}: ${commandOf(pid)}`),
    ...mountsBelow(stateFolder).map((path) => `mount ${path}`),
    ...loopDevices().flatMap(({ device, label }) =>
      label !== null && labels.has(label) ? [`loop device ${device}`] : [],
    ),
    ...[stateFolder, temporaryFolder].flatMap((folder) =>
      names(folder).map((name) => `file ${folder}/${name}`),
    ),
  ];
}

function loopDevices(): { device: string; label: string | null }[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop') && existsSync(`/sys/block/${name}/loop/backing_file`))
    .map((name) => {
      const device = `/dev/${name}`;
      try {
        const fd = openSync(device, 'r');
        try {
          return { device, label: loopLabelOf(fd) };
        } finally {
          closeSync(fd);
        }
      } catch {
        return { device, label: null };
      }
    });
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
