/**
 * Node, and one program that it runs, for guests that have neither: a squashfs of
 *
 *     start                  runs the program, with the words that it is given
 *     node, lib/             this machine's Node, and the libraries that it is linked with, their loader among them: they
 *                            need not be those of the guest's root
 *     start.js, load.js      how a bundle is run (harness/bundle/load.ts)
 *     program.cjs, node_modules/koffi, node_modules/@koromix
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from './build-options.js';
import { requireBuildTools } from './build-tools.js';
import { cachePath, making, putInPlace, withCacheLock } from './cache.js';
import { digestOf } from './digest.js';
import { runTool } from './run-tool.js';
import { folderImageArguments } from './squashfs.js';

/** Counts changes of this module that make another image of the same parts. */
const revision = 2;

const start = `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
here=/run/program
exec "$here/lib/LOADER" --library-path "$here/lib" "$here/node" "$here/start.js" "$@"
`;

const loader = join(fileURLToPath(new URL('../..', import.meta.url)), 'harness/bundle/load.js');
const startProgram = `import { load } from './load.js';
load(new URL('./program.cjs', import.meta.url));
`;

/** @param entry of a program of ours (harness/bundle/build.ts): its bundle imports nothing but koffi and Node's own */
export async function nodeImage(entry: string, options: BuildOptions): Promise<string> {
  const program = bundleOf(entry);
  requireBuildTools('an image of Node for a guest', ['mksquashfs', 'ldd']);
  const binding = bindingFile();
  const libraries = await librariesOf([process.execPath, binding], options);
  const { size, mtimeMs } = statSync(process.execPath);
  const key = digestOf(
    revision,
    process.version,
    size,
    mtimeMs,
    libraries,
    readFileSync(program, 'utf8'),
    readFileSync(loader, 'utf8'),
  );
  const path = cachePath('initramfs', `${key}.sqfs`);
  if (!existsSync(path)) {
    await withCacheLock(options, async () => {
      options.onStep?.('writing an image of Node');
      await making(async (folder) => {
        const content = join(folder, 'content');
        layOut(content, { program, binding, libraries });
        const draft = join(folder, 'node.sqfs');
        await runTool('mksquashfs', folderImageArguments(content, draft), options);
        mkdirSync(dirname(path), { recursive: true });
        putInPlace(draft, path);
      });
    });
  }
  const now = new Date();
  utimesSync(path, now, now);
  return path;
}

function bundleOf(entry: string): string {
  const [, bundle] = /new URL\("([^"]+\.cjs)"/.exec(readFileSync(entry, 'utf8'))!;
  return join(dirname(entry), bundle!);
}

function layOut(
  folder: string,
  { program, binding, libraries }: { program: string; binding: string; libraries: readonly string[] },
): void {
  const modules = join(folder, 'node_modules');
  for (const made of [folder, join(folder, 'lib'), modules]) mkdirSync(made, { recursive: true });
  copyFileSync(process.execPath, join(folder, 'node'));
  for (const library of libraries) copyFileSync(library, join(folder, 'lib', basename(library)));
  const linker = libraries.map((library) => basename(library)).find((name) => name.startsWith('ld-'))!;
  writeFileSync(join(folder, 'start'), start.replace('LOADER', linker), { mode: 0o755 });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n');
  copyFileSync(program, join(folder, 'program.cjs'));
  copyFileSync(loader, join(folder, 'load.js'));
  writeFileSync(join(folder, 'start.js'), startProgram);
  const koffi = packageFolder(createRequire(import.meta.url).resolve('koffi'));
  cpSync(koffi, join(modules, 'koffi'), { recursive: true });
  const scope = packageFolder(binding);
  cpSync(scope, join(modules, '@koromix', basename(scope)), { recursive: true });
}

/** koffi's own program code for this processor. */
function bindingFile(): string {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('koffi'));
  const folder = packageFolder(resolve(`@koromix/koffi-linux-${process.arch}`));
  return join(folder, `linux_${process.arch}`, 'koffi.node');
}

function packageFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Paths of the shared libraries that these are linked with, the loader among them (ldd(1)). */
async function librariesOf(files: readonly string[], options: BuildOptions): Promise<string[]> {
  const said = await runTool('ldd', files, options);
  return [...new Set([...said.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!))].sort();
}
