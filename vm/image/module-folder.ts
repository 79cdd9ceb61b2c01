/** The modules that belong to a kernel image of the user's. */
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../../harness/verdict/errors.js';
import type { BuildOptions } from './build-options.js';
import { digestOf } from './digest.js';
import type { ModuleTree } from './kernel-modules.js';
import { runTool } from './run-tool.js';

/**
 * The folder with a kernel's modules: as the user says, or beside the image as an unpacked package, a build or an
 * installed kernel have it. Undefined when the user says that there is none.
 * @throws UsageError when it is not found
 */
export function findModuleFolder(kernel: {
  image: string;
  release: string;
  modules: string | undefined;
}): string | undefined {
  const { image, release, modules } = kernel;
  if (modules === 'none') return undefined;
  const beside = dirname(image);
  const candidates =
    modules !== undefined
      ? [resolve(modules), join(resolve(modules), release), join(resolve(modules), 'lib/modules', release)]
      : [
          join(beside, 'lib/modules', release),
          join(beside, 'modules', release),
          join(beside, '../lib/modules', release),
          join('/lib/modules', release),
        ];
  const found = candidates.find((folder) => existsSync(join(folder, 'kernel')));
  if (found) return found;
  throw new UsageError(
    `${modules === undefined ? `--kernel ${image}` : `--modules ${modules}`}: expected the modules of ${release}, found none in ${candidates.join(', ')}; name the folder that has kernel/ in it with --modules DIR, or say --modules none when virtio, squashfs and overlay are built in`,
  );
}

/** Changes when a file comes, goes or is written. Reading all modules on every use would take seconds. */
export function treeFingerprint(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const stats = statSync(join(folder, name), { throwIfNoEntry: false });
      return [name, stats?.isFile() ? [stats.size, stats.mtimeMs] : null];
    });
  return digestOf(files);
}

/** A tree for modprobe, with depmod's files, which are made in `scratch` where the folder has none. */
export async function moduleTreeOf(
  folder: string,
  release: string,
  scratch: string,
  { signal }: BuildOptions,
): Promise<ModuleTree> {
  const root = join(scratch, 'tree');
  const modules = join(root, 'usr/lib/modules');
  mkdirSync(modules, { recursive: true });
  symlinkSync('usr/lib', join(root, 'lib'));
  if (existsSync(join(folder, 'modules.dep.bin'))) {
    symlinkSync(folder, join(modules, release));
  } else {
    await runTool('cp', ['--recursive', '--reflink=auto', '--', folder, join(modules, release)], { signal });
    await runTool('depmod', ['-b', root, release], { signal });
  }
  return { root, release };
}
