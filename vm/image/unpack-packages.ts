import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from './apt.js';
import type { BuildOptions } from './build-options.js';
import type { Package } from './package.js';
import { runTool } from './run-tool.js';

/** Debian has been one tree below /usr since bookworm; packages still name the old places. */
const merged = ['bin', 'sbin', 'lib', 'lib64'];

/**
 * Unpacks packages into one folder, as an ordinary user and without running their scripts. Owners are this
 * process's; modes are the packages'.
 */
export async function unpackPackages(
  packages: readonly Package[],
  folder: string,
  { signal, onStep }: BuildOptions,
): Promise<void> {
  for (const name of merged) {
    mkdirSync(join(folder, 'usr', name), { recursive: true });
    symlinkSync(join('usr', name), join(folder, name));
  }
  for (const [index, each] of packages.entries()) {
    onStep?.(`unpacking packages: ${index + 1} of ${packages.length}`);
    // dpkg-deb --extract would put a folder in the place of the link /lib.
    await runTool('dpkg-deb', ['--fsys-tarfile', packagePath(each)], {
      signal,
      into: [
        'tar',
        [
          '--extract',
          '--preserve-permissions',
          '--no-same-owner',
          '--keep-directory-symlink',
          '-C',
          folder,
          '-f',
          '-',
        ],
      ],
    });
  }
}
