/**
 * User-mode Linux, the kernel as an ordinary program, of a Debian release. Its entry of the cache holds
 *
 *     linux                         the program, to be started in this folder (own-libraries.ts says why)
 *     linux-crc32c                  the same with a fast checksum, where that could be put in (fast-crc32c.ts)
 *     ld-linux-x86-64.so.2, ...     the C library it was built for
 *     modules/                      *.ko, boot, index, as kernel-modules.ts makes them
 *     modules.cpio                  the same for an initramfs
 *     release
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions } from './build-options.js';
import { type DebianKernel, debianKernel, packageOf } from './debian-kernel.js';
import { withFastCrc32c } from './fast-crc32c.js';
import { collectModules, moduleSettings, modulesArchive } from './kernel-modules.js';
import { entryOf, findLatest, type Recipe } from './latest.js';
import { loaderName, withOwnLibraries } from './own-libraries.js';
import { runTool } from './run-tool.js';
import { unpackPackages } from './unpack-packages.js';

/** Counts changes of this module that make another entry of the same packages. */
const revision = 1;

/** What a guest loads before its root is mounted; the bus is in the program. */
const bootModules = ['virtio_blk', 'squashfs', 'overlay'];
const libraries = [loaderName, 'libc.so.6'];
const plainProgram = 'linux';
const fastProgram = 'linux-crc32c';

export interface UmlKernel {
  /** What the user asked for: `uml`, `uml@sid`. */
  name: string;
  /** `7.2.7` */
  release: string;
  /** Where the program must be started. */
  folder: string;
  /** The program's path. */
  program: string;
  /** Its crc32c is the processor's own instruction. */
  fastCrc32c: boolean;
  /** The folder with its modules, `boot` and `index`. */
  modules: string;
  /** A newc archive of /plugpull/modules. */
  modulesArchive: string;
}

/**
 * User-mode Linux of a Debian release.
 * @param options `keepCrc32c`: the program as Debian has it
 * @throws UnavailableError when it cannot be downloaded
 */
export async function umlKernel(
  name: string,
  options: BuildOptions & { keepCrc32c?: boolean },
): Promise<UmlKernel> {
  return kernelIn(await entryOf(recipeOf(name, options), options), name, options);
}

/** The same if it is built already. */
export function findUmlKernel(name: string, options: { keepCrc32c?: boolean } = {}): UmlKernel | undefined {
  const folder = findLatest(recipeOf(name, {}));
  return folder === undefined ? undefined : kernelIn(folder, name, options);
}

function recipeOf(name: string, options: BuildOptions): Recipe {
  const debian = debianKernel(name);
  if (debian?.flavour !== 'uml') throw new Error(`${name} is no User-mode Linux`);
  return umlRecipe(debian, options);
}

function kernelIn(folder: string, name: string, options: { keepCrc32c?: boolean }): UmlKernel {
  const fastCrc32c = !options.keepCrc32c && hasCrc32Instruction() && existsSync(join(folder, fastProgram));
  return {
    name,
    release: releaseOf(folder),
    folder,
    program: join(folder, fastCrc32c ? fastProgram : plainProgram),
    fastCrc32c,
    modules: join(folder, 'modules'),
    modulesArchive: join(folder, 'modules.cpio'),
  };
}

/** How a result names the kernel: `7.2.7 uml, crc32c replaced`. */
export function umlKernelLabel({ release, fastCrc32c }: Pick<UmlKernel, 'release' | 'fastCrc32c'>): string {
  return `${release} uml${fastCrc32c ? ', crc32c replaced' : ''}`;
}

export function umlRecipe(kernel: DebianKernel, options: BuildOptions): Recipe {
  const { flavour, suite } = kernel;
  return {
    kind: 'kernel',
    name: `${flavour}@${suite}`,
    suite,
    wanted: [packageOf(kernel)],
    uses: (packageName) => ['user-mode-linux', 'libc6'].includes(packageName),
    settings: { revision, moduleSettings, bootModules },
    version: releaseOf,
    fill: async (folder, scratch, packages) => {
      await unpackPackages(packages, scratch, options);
      const program = withOwnLibraries(
        readFileSync(join(scratch, 'usr/bin/linux.uml')),
        `${flavour}@${suite}`,
      );
      writeProgram(join(folder, plainProgram), program);
      const fast = withFastCrc32c(program);
      if (fast) writeProgram(join(folder, fastProgram), fast);
      for (const name of libraries) {
        copyFileSync(join(scratch, 'usr/lib/x86_64-linux-gnu', name), join(folder, name));
      }
      // Where modprobe looks.
      symlinkSync('uml/modules', join(scratch, 'usr/lib/modules'));
      const [release] = readdirSync(join(scratch, 'usr/lib/modules'));
      await runTool('depmod', ['-b', scratch, release!], options);
      const modules = join(folder, 'modules');
      await collectModules({ root: scratch, release: release! }, modules, options, bootModules);
      writeFileSync(join(folder, 'modules.cpio'), modulesArchive(modules));
      writeFileSync(join(folder, 'release'), `${release}\n`);
    },
  };
}

function writeProgram(path: string, content: Buffer): void {
  writeFileSync(path, content);
  chmodSync(path, 0o755);
}

function releaseOf(folder: string): string {
  return readFileSync(join(folder, 'release'), 'utf8').trim();
}

/** SSE4.2, which has crc32. */
function hasCrc32Instruction(): boolean {
  return /^flags\s.*\bsse4_2\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
}
