import type { Capability } from './capability.js';
import { probeFuse, probeLoop } from './devices.js';
import { fileSystemTools, isFileSystem, probeFileSystem } from './file-systems.js';
import { probeMountRight, probeRoot } from './process-rights.js';
import { probeTool } from './tools.js';

/** What something asks of the machine. */
export interface Need {
  /** Root, with the right to mount. */
  root?: boolean;
  fuse?: boolean;
  loop?: boolean;
  /** File systems that must mount and can be made: one, or several. */
  fs?: string | readonly string[];
  /** Virtual machines, and the programs that make their images. */
  qemu?: boolean;
  /** Programs, as in a shell. */
  commands?: readonly string[];
}

const guestTools = [
  'qemu-system-x86_64',
  'setpriv',
  ...['apt-get', 'dpkg-deb', 'depmod', 'modprobe', 'mksquashfs'],
];

/** A run on the host that records `fs` and recovers its crash states. */
export function hostRunNeed(fs: readonly string[]): Need {
  return { root: true, fuse: true, loop: true, fs };
}

/** What this machine lacks for it, in the order of the need's keys; empty when it has everything. */
export function missingFor(need: Need): Capability[] {
  const wanted: Capability[] = [];
  if (need.root) wanted.push(probeRoot(), probeMountRight());
  if (need.fuse) wanted.push(probeFuse());
  if (need.loop) wanted.push(probeLoop());
  for (const name of need.fs === undefined ? [] : [need.fs].flat()) {
    wanted.push(probeFileSystem(name));
    if (isFileSystem(name)) wanted.push(probeTool(fileSystemTools[name].make));
  }
  if (need.qemu) wanted.push(...guestTools.map(probeTool));
  for (const command of need.commands ?? []) wanted.push(probeTool(command));
  return wanted.filter((capability) => !capability.ok);
}

/** What is missing in one line a thing, with what to do: for an error message. */
export function lackReport(missing: Capability[]): string {
  return missing
    .map((capability) => `${capability.name}: ${capability.detail}; ${remedy(capability)}`)
    .join('\n');
}

/** What a person does about a lack. */
export function remedy(capability: Capability): string {
  if (capability.package !== undefined && capability.detail === 'not installed')
    return `apt-get install ${capability.package}`;
  return capability.fix ?? (capability.package === undefined ? '' : `apt-get install ${capability.package}`);
}
