import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions } from './build-options.js';
import { finishRoot, finishSettings } from './finish-root.js';
import { entryOf, type Recipe } from './latest.js';
import { precompilePython } from './precompile-python.js';
import { isInRoot, rootPackages } from './root-packages.js';
import { runTool } from './run-tool.js';
import { folderImageArguments } from './squashfs.js';
import { rootSuite } from './suite.js';
import { unpackPackages } from './unpack-packages.js';

/** Counts changes of this module that make another image of the same packages and settings. */
const revision = 2;

export interface RootImage {
  /** Squashfs. */
  image: string;
  /** A static busybox of the same release, for the initramfs. */
  busybox: string;
}

/** The file system every guest boots into. */
export async function rootImage(options: BuildOptions): Promise<RootImage> {
  const folder = await entryOf(rootRecipe(options), options);
  return { image: join(folder, 'root.sqfs'), busybox: join(folder, 'busybox') };
}

export function rootRecipe(options: BuildOptions): Recipe {
  return {
    kind: 'root',
    name: 'debian',
    suite: rootSuite,
    wanted: rootPackages,
    uses: isInRoot,
    settings: { revision, finishSettings },
    version: (_folder, packages) => packages.find(({ name }) => name === 'base-files')?.version ?? '',
    fill: async (folder, scratch, packages) => {
      await unpackPackages(packages, scratch, options);
      finishRoot(scratch);
      await precompilePython(scratch, options);
      options.onStep?.('writing the root image');
      await runTool('mksquashfs', folderImageArguments(scratch, join(folder, 'root.sqfs')), options);
      copyFileSync(join(scratch, 'usr/bin/busybox'), join(folder, 'busybox'));
    },
  };
}
