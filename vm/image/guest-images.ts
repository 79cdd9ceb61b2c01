import type { BuildOptions } from './build-options.js';
import { type ContainerImage, containerImage } from './container-image.js';
import { guestFolder, guestInitramfs } from './initramfs.js';
import { guestKernel } from './kernel.js';
import { rootImage } from './root-image.js';

/** What a guest boots from: files in the cache that nobody changes. */
export interface GuestImages {
  /** A bzImage. */
  kernel: string;
  /** `6.1.0-56-cloud-amd64` */
  kernelRelease: string;
  /** Newc archive, not compressed. */
  initramfs: string;
  /** Squashfs, blocks not compressed. */
  root: string;
  /** What the user asked for: `cloud`, `generic`, a path. */
  kernelName: string;
  /** The user's container image, which workload and checker run in; absent for `debian`. */
  container?: ContainerImage;
}

export interface GuestImageOptions extends BuildOptions {
  /** `cloud`, `generic`, either with `@` and a Debian release (`cloud@trixie`), or the path of a bzImage. */
  kernel: string;
  /** Where the modules of a bzImage are: a folder, or `none`. */
  modules?: string | undefined;
  /** `debian`, the default, or the name of a container image. */
  root?: string | undefined;
  /** Where init and agent are; the shipped ones by default. */
  guest?: string;
}

/**
 * The images of a guest. What is missing in the cache is built, which takes a network and half a minute; else
 * this returns at once.
 * @throws UsageError when `kernel` or `modules` mean nothing; UnavailableError when a tool or the network is missing
 */
export async function guestImages(options: GuestImageOptions): Promise<GuestImages> {
  const kernel = await guestKernel(options.kernel, options.modules, options);
  const root = await rootImage(options);
  const initramfs = await guestInitramfs(
    { modules: kernel.modules, busybox: root.busybox, guest: options.guest ?? guestFolder },
    options,
  );
  const { root: rootName = 'debian' } = options;
  const container = rootName === 'debian' ? undefined : await containerImage(rootName, options);
  return {
    kernel: kernel.image,
    kernelRelease: kernel.release,
    initramfs,
    root: root.image,
    kernelName: options.kernel,
    ...(container && { container }),
  };
}
