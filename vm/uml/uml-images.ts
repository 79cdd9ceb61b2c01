import { existsSync, readFileSync } from 'node:fs';
import { findCommand } from '../../harness/doctor/find-command.js';
import { UnavailableError } from '../../harness/verdict/errors.js';
import type { BuildOptions } from '../image/build-options.js';
import { type ContainerImage, containerImage } from '../image/container-image.js';
import { guestFolder, guestInitramfs } from '../image/initramfs.js';
import { rootImage } from '../image/root-image.js';
import { type UmlKernel, umlKernel } from '../image/uml-kernel.js';

/** What a User-mode Linux guest starts from. */
export interface UmlImages {
  kernel: UmlKernel;
  /** `host`: the host's own files; else an initramfs and a squashfs. */
  root: 'host' | { initramfs: string; image: string };
  /** The user's container image, which workload and checker run in; absent without one. */
  container?: ContainerImage;
}

/**
 * The images of a guest; what is missing in the cache is built.
 *
 * @param root `host`, `debian`, or the name of a container image, beside which the agent has Debian's root
 * @throws UnavailableError when a tool or the network is missing
 */
export async function umlImages({
  kernel: name,
  root,
  ...options
}: BuildOptions & { kernel: string; root: string; keepCrc32c?: boolean }): Promise<UmlImages> {
  const kernel = await umlKernel(name, options);
  if (root === 'host') {
    requirePython();
    return { kernel, root };
  }
  const { image, busybox } = await rootImage(options);
  const initramfs = await guestInitramfs(
    { modules: kernel.modulesArchive, busybox, guest: guestFolder },
    options,
  );
  const container = root === 'debian' ? undefined : await containerImage(root, options);
  return { kernel, root: { initramfs, image }, ...(container && { container }) };
}

/** The agent's interpreter, where the root is the host's. A script in PATH that chooses one costs its own start. */
export function requirePython(): string {
  const found = findPython();
  if (found === undefined) {
    throw new UnavailableError(
      'python3: not installed, and the agent in a guest on the files of the host needs it: apt-get install python3, or --root debian',
    );
  }
  return found;
}

export function findPython(): string | undefined {
  return ['/usr/bin/python3', '/usr/local/bin/python3', findCommand('python3')].find(isProgram);
}

function isProgram(path: string | undefined): path is string {
  return path !== undefined && existsSync(path) && readFileSync(path).subarray(1, 4).toString() === 'ELF';
}
