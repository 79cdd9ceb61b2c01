import { fileURLToPath } from 'node:url';
import type { ProbePlace } from '../../harness/probe/place.js';
import type { BuildOptions } from '../image/build-options.js';
import { guestImages } from '../image/guest-images.js';
import { nodeImage } from '../image/node-image.js';
import { chooseAccelerator } from '../machine/accelerator.js';

/** node, mkfs, what a file system keeps, and what init unpacked. */
const memoryMib = 512;

/**
 * Lanes in machines in QEMU, which boot any kernel.
 * @param name `cloud`, `generic@trixie`, the path of a bzImage
 * @throws as guestImages
 */
export async function qemuProbePlace(name: string, options: BuildOptions): Promise<ProbePlace> {
  const { kernel, initramfs, root, kernelRelease } = await guestImages({ ...options, kernel: name });
  const program = await nodeImage(
    fileURLToPath(new URL('./resident-qemu-process.js', import.meta.url)),
    options,
  );
  const accelerator = await chooseAccelerator({ kernel, initramfs });
  return {
    kernel: kernelRelease,
    kernelName: name,
    place: 'vm',
    command: [process.execPath, fileURLToPath(new URL('./qemu-probe-lane-process.js', import.meta.url))],
    guest: () => ({
      kind: 'qemu',
      images: { kernel, initramfs, root, program },
      accelerator,
      memoryMib,
    }),
    mostLanes: () => Number.POSITIVE_INFINITY,
  };
}
