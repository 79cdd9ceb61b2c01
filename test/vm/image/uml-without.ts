import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder } from '../../../vm/image/cache.js';
import { umlKernel } from '../../../vm/image/uml-kernel.js';

/**
 * A cache whose User-mode Linux has no module of this name, as a kernel that was built without it; all else is the
 * user's. Returns the value for XDG_CACHE_HOME.
 *
 * @param folder where nothing is yet
 */
export async function cacheOfUmlWithout(module: string, folder: string): Promise<string> {
  const entry = (await umlKernel('uml', {})).folder;
  const own = join(folder, 'plugpull/vm');
  const ownKernels = join(own, 'kernel');
  const ownEntry = join(ownKernels, basename(entry));
  mkdirSync(ownEntry, { recursive: true });
  linkAll(cacheFolder(), own, ['kernel', 'lock']);
  linkAll(join(cacheFolder(), 'kernel'), ownKernels, [basename(entry)]);
  linkAll(entry, ownEntry, ['modules']);
  cpSync(join(entry, 'modules'), join(ownEntry, 'modules'), { recursive: true });
  const index = join(ownEntry, 'modules/index');
  const lines = readFileSync(index, 'utf8').split('\n');
  writeFileSync(index, lines.filter((line) => line.split(' ')[0] !== module).join('\n'));
  return folder;
}

function linkAll(from: string, to: string, except: readonly string[]): void {
  for (const name of readdirSync(from)) {
    if (!except.includes(name)) symlinkSync(join(from, name), join(to, name));
  }
}
