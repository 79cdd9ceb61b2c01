import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from './build-options.js';
import { cachePath, making, putInPlace, withCacheLock } from './cache.js';
import { digestOf } from './digest.js';
import { type NewcEntry, newcArchive } from './newc.js';

/** The init script and the agent: `init`, and all files in `agent/`. */
export const guestFolder = fileURLToPath(new URL('../../../vm/guest', import.meta.url));

const keptMs = 24 * 3600_000;

/** Counts changes of this module that make another archive of the same parts. */
const revision = 1;

/**
 * The initramfs of a kernel: /init, /bin/busybox, /plugpull/agent, /plugpull/modules. Not compressed; a change of
 * init or agent makes a new one in a few milliseconds.
 * @param parts `modules` is a newc archive; kernel and busybox entries of the cache never change under one path
 */
export async function guestInitramfs(
  parts: { modules: string; busybox: string; guest: string },
  options: BuildOptions,
): Promise<string> {
  const files = guestFiles(parts.guest);
  const key = digestOf(
    revision,
    parts.modules,
    parts.busybox,
    files.map((entry) => (entry.type === 'file' ? [entry.path, entry.content.toString('base64')] : entry)),
  );
  const path = cachePath('initramfs', `${key}.cpio`);
  if (!existsSync(path)) {
    options.onStep?.('writing the initramfs');
    await withCacheLock(options, async () => {
      const base = newcArchive([
        ...['bin', 'dev', 'mnt', 'proc', 'run', 'sys', 'tmp'].map(
          (path): NewcEntry => ({ path, type: 'folder' }),
        ),
        // Where the kernel's own list lacks it, init would have no standard output.
        { path: 'dev/console', type: 'character device', major: 5, minor: 1 },
        { path: 'bin/busybox', type: 'file', content: readFileSync(parts.busybox), executable: true },
        ...files,
      ]);
      mkdirSync(dirname(path), { recursive: true });
      await making(async (folder) => {
        const draft = join(folder, 'initramfs.cpio');
        writeFileSync(draft, Buffer.concat([base, readFileSync(parts.modules)]));
        putInPlace(draft, path);
      });
      dropOld(dirname(path));
    });
  }
  const now = new Date();
  utimesSync(path, now, now);
  return path;
}

/** Whoever works on init or agent makes one after the other. */
function dropOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > keptMs) rmSync(path, { force: true });
  }
}

function guestFiles(guest: string): NewcEntry[] {
  const agent = join(guest, 'agent');
  const names = readdirSync(agent, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name).slice(agent.length + 1) }))
    .filter(({ path }) => !/(^|\/)__pycache__(\/|$)/.test(path))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  return [
    { path: 'init', type: 'file', content: readFileSync(join(guest, 'init')), executable: true },
    { path: 'plugpull', type: 'folder' },
    { path: 'plugpull/agent', type: 'folder' },
    ...names.map(({ entry, path }): NewcEntry => {
      if (entry.isDirectory()) return { path: `plugpull/agent/${path}`, type: 'folder' };
      const content = readFileSync(join(agent, path));
      return { path: `plugpull/agent/${path}`, type: 'file', content, executable: true };
    }),
  ];
}
