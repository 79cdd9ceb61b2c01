/**
 * Kernels for guests: of a Debian release, or any that the user has. An entry of the cache holds `bzImage`,
 * `modules.cpio` (/plugpull/modules of the initramfs) and `release`.
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../../harness/verdict/errors.js';
import { writeAbout } from './about.js';
import type { BuildOptions } from './build-options.js';
import { requireBuildTools } from './build-tools.js';
import { kernelReleaseOf } from './bzimage.js';
import { findEntry, makeEntry, withCacheLock } from './cache.js';
import { type DebianKernel, debianKernel, packageOf } from './debian-kernel.js';
import { digestOf, fileDigest } from './digest.js';
import { builtInIndex, collectModules, moduleSettings, modulesArchive } from './kernel-modules.js';
import { entryOf, type Recipe } from './latest.js';
import { findModuleFolder, moduleTreeOf, treeFingerprint } from './module-folder.js';
import type { Package } from './package.js';
import { runTool } from './run-tool.js';
import { unpackPackages } from './unpack-packages.js';

/** Counts changes of this module that make another entry of the same kernel. */
const revision = 2;

export interface Kernel {
  /** What the user asked for. */
  name: string;
  release: string;
  image: string;
  /** A newc archive of /plugpull/modules. */
  modules: string;
}

/**
 * A kernel and its modules.
 * @param name `cloud`, `generic`, either with `@` and a Debian release, or the path of a bzImage
 * @param modules where the modules of a bzImage are: a folder, or `none` when all it needs is built in
 * @throws UsageError when the name or path means no kernel; UnavailableError when it cannot be downloaded
 */
export async function guestKernel(
  name: string,
  modules: string | undefined,
  options: BuildOptions,
): Promise<Kernel> {
  const debian = debianKernel(name);
  if (!debian) return kernelOfPath(name, modules, options);
  if (modules !== undefined) {
    throw new UsageError(
      `--modules ${modules}: a kernel of Debian's (--kernel ${name}) comes with its own; name the path of a kernel image with --kernel`,
    );
  }
  const folder = await entryOf(kernelRecipe(debian, options), options);
  return kernelIn(folder, name);
}

export function kernelRecipe(kernel: DebianKernel, options: BuildOptions): Recipe {
  const { flavour, suite } = kernel;
  return {
    kind: 'kernel',
    name: `${flavour}@${suite}`,
    suite,
    wanted: [packageOf(kernel)],
    // From Linux 7 on Debian has kernel, modules and their lists in a package each.
    uses: (packageName) => /^linux-(image|binary|modules|base)-\d/.test(packageName),
    settings: { revision, moduleSettings },
    version: (folder) => releaseOf(folder),
    fill: async (folder, scratch, packages) => {
      await unpackPackages(packages, scratch, options);
      copyFileSync(kernelBelow(scratch, packages), join(folder, 'bzImage'));
      const release = kernelReleaseOf(join(folder, 'bzImage'));
      await runTool('depmod', ['-b', scratch, release], options);
      const collected = join(scratch, 'plugpull');
      await collectModules({ root: scratch, release }, collected, options);
      writeKernelEntry(folder, release, collected);
    },
  };
}

/** Where packages put a kernel: into /boot, or (newer ones) beside its modules. */
function kernelBelow(root: string, packages: readonly Package[]): string {
  const boot = join(root, 'boot');
  const modules = join(root, 'usr/lib/modules');
  const candidates = [
    ...namesIn(boot)
      .filter((name) => name.startsWith('vmlinuz-'))
      .map((name) => join(boot, name)),
    ...namesIn(modules).map((release) => join(modules, release, 'vmlinuz')),
  ];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no kernel in ${packages.map((each) => each.file).join(', ')}`);
  return found;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

async function kernelOfPath(
  name: string,
  modules: string | undefined,
  options: BuildOptions,
): Promise<Kernel> {
  const release = kernelReleaseOf(name);
  const image = resolve(name);
  const source = findModuleFolder({ image, release, modules });
  const key = digestOf(revision, moduleSettings, await fileDigest(image), source && treeFingerprint(source));
  const make = () =>
    makeEntry('kernel', key, async (folder, scratch) => {
      requireBuildTools(`--kernel ${name}`, ['depmod', 'modprobe']);
      const collected = join(scratch, 'plugpull');
      if (source)
        await collectModules(await moduleTreeOf(source, release, scratch, options), collected, options);
      else builtInIndex(collected);
      copyFileSync(image, join(folder, 'bzImage'));
      writeAbout(folder, { name: image, version: release });
      writeKernelEntry(folder, release, collected);
    });
  const folder =
    findEntry('kernel', key) ??
    (await withCacheLock(options, async () => findEntry('kernel', key) ?? (await make())));
  return kernelIn(folder, name);
}

function kernelIn(folder: string, name: string): Kernel {
  return {
    name,
    release: releaseOf(folder),
    image: join(folder, 'bzImage'),
    modules: join(folder, 'modules.cpio'),
  };
}

function releaseOf(folder: string): string {
  return readFileSync(join(folder, 'release'), 'utf8').trim();
}

function writeKernelEntry(folder: string, release: string, modules: string): void {
  writeFileSync(join(folder, 'modules.cpio'), modulesArchive(modules));
  writeFileSync(join(folder, 'release'), `${release}\n`);
}
