import type { ContainerImage } from '../image/container-image.js';
import { debianKernel } from '../image/debian-kernel.js';
import { type GuestImageOptions, guestImages } from '../image/guest-images.js';
import { umlKernelLabel } from '../image/uml-kernel.js';
import { umlImages } from './uml-images.js';

/** What a guest of any kind starts from, for people and for `vm build --json`. */
export interface BuiltImages {
  kernelName: string;
  /** `6.1.0-56-cloud-amd64`; `7.2.7 uml, crc32c replaced`. */
  kernelRelease: string;
  /** A bzImage, or the program that User-mode Linux is. */
  kernel: string;
  /** Absent where the host's files are the root. */
  initramfs?: string;
  /** A squashfs, or `host`. */
  root: string;
  container?: ContainerImage;
}

/** The images of a guest, built where they are missing. Root `auto` is the host's with User-mode Linux, else Debian's. */
export async function builtImages(options: GuestImageOptions & { root: string }): Promise<BuiltImages> {
  const { kernel: name, root } = options;
  const own = root === 'auto' ? undefined : root;
  if (debianKernel(name)?.flavour !== 'uml') return guestImages({ ...options, root: own });
  const { kernel, root: built, container } = await umlImages({ ...options, root: own ?? 'host' });
  return {
    kernelName: name,
    kernelRelease: umlKernelLabel(kernel),
    kernel: kernel.program,
    ...(built === 'host' ? { root: built } : { initramfs: built.initramfs, root: built.image }),
    ...(container && { container }),
  };
}
