/**
 * The host's files in a guest: packed into images of their own, which are plugged in and bound to where the host has
 * them, so that a scenario's commands mean the same on both.
 */
import { join } from 'node:path';
import { payloadImage } from '../image/payload-image.js';
import type { GuestMachine } from '../machine/guest-machine.js';

/** What a guest has already. */
const shared = new WeakMap<GuestMachine, Set<string>>();

/** @param paths absolute paths on the host: files, or folders with all that is below them */
export async function shareFiles(
  machine: GuestMachine,
  paths: readonly string[],
  options: { signal?: AbortSignal | undefined; onStep?: ((step: string) => void) | undefined },
): Promise<void> {
  if (machine.showHostFiles) {
    await machine.showHostFiles(paths);
    return;
  }
  const there = shared.get(machine) ?? new Set<string>();
  shared.set(machine, there);
  for (const path of paths) {
    // Inside a folder that is there already: the scenario's, most often. It is read-only, nothing could be bound in it.
    if ([...there].some((folder) => path === folder || path.startsWith(`${folder}/`))) continue;
    const serial = `files-${there.size}`;
    const image = await payloadImage({
      ...options,
      folders: [{ path, at: 'files' }],
      out: join(machine.folder, `${serial}.sqfs`),
    });
    const device = await machine.addDisk({
      serial,
      bus: 'virtio',
      source: { kind: 'file', path: image, readOnly: true },
    });
    const at = `/run/plugpull/${serial}`;
    await machine.agent.call('mount', { device, at, fs: 'squashfs', options: ['ro'] });
    await machine.agent.call('bind', { source: `${at}/files`, at: path });
    there.add(path);
  }
}
