/**
 * Bundles what is started as a program. Node reads and resolves each module by itself, half a millisecond each, and a run
 * starts five or more processes with hundreds of modules: that took half of a short run's processor time. Called by
 * scripts/bootstrap after tsc.
 *
 * A bundle lies in dist/programs, and the program's own file, where everybody looks for it, becomes one line that imports
 * it. All else in dist stays as tsc made it, for those who import it (tests, the API).
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { englishOnly } from './english-only.js';
import { command, processes } from './programs.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, 'dist/programs');

/** Modules look for other files beside themselves: `import.meta.url` goes on to say where tsc put them. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return null;
      const place = relative(folder, join(root, 'dist', relative(root, path))).replace(/\.ts$/, '.js');
      return {
        // Before the first line, not above it: lines keep their numbers.
        contents: `const moduleUrl = new URL(${JSON.stringify(place)}, $bundleUrl).href;${text}`,
        loader: 'ts',
      };
    });
  },
};

async function bundle(entries: readonly string[], options: BuildOptions): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => join(root, `${entry}.ts`)),
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    outdir: folder,
    absWorkingDir: root,
    bundle: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // One is no JavaScript, one finds its texts beside itself, and two need not be there.
    external: ['koffi', 'yargs', 'bullmq', 'ioredis'],
    sourcemap: 'linked',
    define: { 'import.meta.url': 'moduleUrl' },
    banner: {
      js: "import { createRequire as $createRequire } from 'node:module'; const $bundleUrl = import.meta.url, require = $createRequire($bundleUrl);",
    },
    plugins: [ownPlaces, englishOnly],
    logLevel: 'warning',
    ...options,
  });
  return Object.keys(metafile!.outputs).map((path) => basename(path));
}

const written = new Set([
  // Its sub-commands are apart, and what several of them need is there once.
  ...(await bundle([command], { splitting: true })),
  ...(await bundle(processes, {})),
]);
for (const entry of [command, ...processes]) {
  const file = join(root, 'dist', `${entry}.js`);
  const program = relative(dirname(file), join(folder, `${basename(entry)}.js`));
  const first = readFileSync(join(root, `${entry}.ts`), 'utf8').startsWith('#!')
    ? '#!/usr/bin/env node\n'
    : '';
  writeFileSync(file, `${first}export * from ${JSON.stringify(program)};\n`);
}
for (const name of readdirSync(folder)) if (!written.has(name)) rmSync(join(folder, name));
