/**
 * The modules a guest may need, taken out of a kernel's folder of modules:
 *
 *     *.ko    not compressed, so that busybox's insmod needs nothing else
 *     boot    file names, one a line, in the order to load them before the root image is mounted
 *     index   a line for each module that can be asked for later: its name, then the files to load, in order;
 *             the name alone where the kernel has it built in; no line where it lacks it
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UnavailableError, UsageError } from '../../harness/verdict/errors.js';
import type { BuildOptions } from './build-options.js';
import { requireBuildTools } from './build-tools.js';
import { bootModules, fileSystemModules, otherModules } from './guest-modules.js';
import { type NewcEntry, newcArchive } from './newc.js';
import { runTool, ToolError } from './run-tool.js';

/** How a kernel's modules are found: `root`/lib/modules/`release`, which depmod(8) has been through. */
export interface ModuleTree {
  root: string;
  release: string;
}

/** Everything here and in guest-modules.ts that decides what is taken, for the key of a kernel's entry. */
export const moduleSettings = { bootModules, fileSystemModules, otherModules };

/** The programs that unpack a module, by the end of its name. */
const unpackers: Record<string, [command: string, ...args: string[]]> = {
  '.xz': ['xz', '--decompress', '--keep', '--force'],
  '.zst': ['zstd', '--decompress', '--quiet', '--keep', '--force'],
  '.gz': ['gzip', '--decompress', '--keep', '--force'],
};

/**
 * Copies the modules into `folder` and writes `boot` and `index`.
 * @param needed what the guest cannot boot without
 * @throws UnavailableError when the kernel lacks a module that a guest cannot boot without
 */
export async function collectModules(
  tree: ModuleTree,
  folder: string,
  options: BuildOptions,
  needed: readonly string[] = bootModules,
): Promise<void> {
  options.onStep?.(`choosing modules of ${tree.release}`);
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, string>();
  const boot = new Set<string>();
  const lines = new Map<string, string>();

  for (const name of [...needed, ...fileSystemModules, ...otherModules]) {
    const isFileSystem = (fileSystemModules as readonly string[]).includes(name);
    const paths = await neededFor(tree, name, isFileSystem, options);
    if (paths === undefined) {
      if (needed.includes(name)) {
        throw new UnavailableError(
          `the kernel ${tree.release} has no ${name}, neither built in nor as a module, and a guest cannot boot without it; take another kernel, or name its modules with --modules DIR`,
        );
      }
      continue;
    }
    const names = paths.map(plainName);
    for (const [index, path] of paths.entries()) files.set(names[index]!, path);
    if (needed.includes(name)) for (const each of names) boot.add(each);
    lines.set(name, [name, ...names].join(' '));
  }
  for (const [name, path] of files) await copyModule(path, join(folder, name), options);
  writeFileSync(join(folder, 'boot'), asLines([...boot]));
  writeFileSync(join(folder, 'index'), asLines([...lines.values()].sort()));
}

/** For a kernel without modules: nothing to load, and everything is taken to be built in until mount(2) says no. */
export function builtInIndex(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'boot'), '');
  const names = new Set([...bootModules, ...fileSystemModules, ...otherModules]);
  writeFileSync(join(folder, 'index'), asLines([...names].sort()));
}

/** What collectModules made, as /plugpull/modules of an initramfs. */
export function modulesArchive(folder: string): Buffer {
  const entries: NewcEntry[] = [
    { path: 'plugpull', type: 'folder' },
    { path: 'plugpull/modules', type: 'folder' },
    ...readdirSync(folder)
      .sort()
      .map((name): NewcEntry => {
        const content = readFileSync(join(folder, name));
        return { path: `plugpull/modules/${name}`, type: 'file', content };
      }),
  ];
  return newcArchive(entries);
}

/** The files to load for a module, in order; none when it is built in; undefined when the kernel lacks it. */
async function neededFor(
  tree: ModuleTree,
  name: string,
  isFileSystem: boolean,
  options: BuildOptions,
): Promise<string[] | undefined> {
  // Some file systems go by another module's name, and only their alias leads there.
  const names = isFileSystem ? [`fs-${name}`, name] : [name];
  for (const each of names) {
    try {
      const shown = await runTool(
        'modprobe',
        ['-d', tree.root, '-S', tree.release, '-C', '/dev/null', '--show-depends', each],
        options,
      );
      return [...new Set([...shown.matchAll(/^insmod (\S+)/gm)].map((match) => match[1]!))];
    } catch (error) {
      if (!(error instanceof ToolError) || !/not found in directory/.test(error.stderr)) throw error;
    }
  }
  return undefined;
}

/** `dm-mod.ko` of `/x/dm-mod.ko.xz`. */
function plainName(path: string): string {
  return basename(path).replace(/(?<=\.ko)\.\w+$/, '');
}

async function copyModule(from: string, to: string, { signal }: BuildOptions): Promise<void> {
  const ending = /\.ko(\.\w+)$/.exec(from)?.[1];
  if (ending === undefined) {
    copyFileSync(from, to);
    return;
  }
  const unpacker = unpackers[ending];
  if (!unpacker) {
    throw new UsageError(
      `${from}: expected a module as it is or packed with xz, zstd or gzip, found ${ending}`,
    );
  }
  const packed = `${to}${ending}`;
  copyFileSync(from, packed);
  const [command, ...args] = unpacker;
  requireBuildTools(from, [command]);
  await runTool(command, [...args, packed], { signal });
  rmSync(packed);
}

function asLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
