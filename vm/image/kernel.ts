/**
 * Kernels for guests: of a Debian release, or any that the user has. An entry of the cache holds `bzImage`,
 * `modules.cpio` (/plugpull/modules of the initramfs) and `release`.
 */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../../harness/verdict/errors.js';
import { writeAbout } from './about.js';
import type { BuildOptions } from './build-options.js';
import { requireBuildTools } from './build-tools.js';
import { kernelReleaseOf } from './bzimage.js';
import { findEntry, makeEntry, withCacheLock } from './cache.js';
import { digestOf, fileDigest } from './digest.js';
import { builtInIndex, collectModules, moduleSettings } from './kernel-modules.js';
import { entryOf, type Recipe } from './latest.js';
import { findModuleFolder, moduleTreeOf, treeFingerprint } from './module-folder.js';
import { type NewcEntry, newcArchive } from './newc.js';
import { runTool } from './run-tool.js';
import { rootSuite, type Suite, suites } from './suite.js';
import { unpackPackages } from './unpack-packages.js';

/** Counts changes of this module that make another entry of the same kernel. */
const revision = 2;

const flavours = { cloud: 'linux-image-cloud-amd64', generic: 'linux-image-amd64' } as const;

export interface DebianKernel {
  flavour: keyof typeof flavours;
  suite: Suite;
}

/** All that there are. */
export const debianKernels = (Object.keys(suites) as Suite[]).flatMap((suite) =>
  (Object.keys(flavours) as DebianKernel['flavour'][]).map((flavour): DebianKernel => ({ flavour, suite })),
);

export interface Kernel {
  /** What the user asked for. */
  name: string;
  release: string;
  image: string;
  /** A newc archive of /plugpull/modules. */
  modules: string;
}

/** `cloud`, `generic@trixie`: a kernel of a Debian release. Undefined for anything else, which is a path. */
export function debianKernel(name: string): DebianKernel | undefined {
  const [flavour, suite = rootSuite, ...rest] = name.split('@');
  if (!(flavour! in flavours) || rest.length > 0) return undefined;
  if (!(suite in suites)) {
    throw new UsageError(
      `--kernel ${name}: expected a release of Debian after the @, one of ${Object.keys(suites).join(', ')}; got ${suite}`,
    );
  }
  return { flavour: flavour as DebianKernel['flavour'], suite: suite as Suite };
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

export function kernelRecipe({ flavour, suite }: DebianKernel, options: BuildOptions): Recipe {
  return {
    kind: 'kernel',
    name: `${flavour}@${suite}`,
    suite,
    wanted: [flavours[flavour]],
    uses: (packageName) => /^linux-image-\d/.test(packageName),
    settings: { revision, moduleSettings },
    version: (folder) => releaseOf(folder),
    fill: async (folder, scratch, packages) => {
      await unpackPackages(packages, scratch, options);
      const image = readdirSync(join(scratch, 'boot')).find((each) => each.startsWith('vmlinuz-'));
      if (image === undefined)
        throw new Error(`no kernel in ${packages.map((each) => each.file).join(', ')}`);
      copyFileSync(join(scratch, 'boot', image), join(folder, 'bzImage'));
      const release = kernelReleaseOf(join(folder, 'bzImage'));
      await runTool('depmod', ['-b', scratch, release], options);
      const collected = join(scratch, 'plugpull');
      await collectModules({ root: scratch, release }, collected, options);
      writeKernelEntry(folder, release, collected);
    },
  };
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
  const entries: NewcEntry[] = [
    { path: 'plugpull', type: 'folder' },
    { path: 'plugpull/modules', type: 'folder' },
    ...readdirSync(modules)
      .sort()
      .map((name): NewcEntry => {
        const content = readFileSync(join(modules, name));
        return { path: `plugpull/modules/${name}`, type: 'file', content };
      }),
  ];
  writeFileSync(join(folder, 'modules.cpio'), newcArchive(entries));
  writeFileSync(join(folder, 'release'), `${release}\n`);
}
