/**
 * Bundles what is started as a program. Node reads and resolves each module by itself, half a millisecond each, and a run
 * starts five or more processes with hundreds of modules: that took half of a short run's processor time. Called by
 * scripts/bootstrap after tsc.
 *
 * A bundle lies in dist/programs, and the program's own file, where everybody looks for it, becomes one line that loads
 * it (./load.ts), with V8's code for it, since compiling takes as long as reading did. All else in dist stays as tsc made it, for those who import it (tests, the API).
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { englishOnly } from './english-only.js';
import { lateWidths } from './late-widths.js';
import { leaveCode } from './load.js';
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

/** yargs looks for its texts beside itself, and lies wherever it was installed. */
const yargsPlace: Plugin = {
  name: 'yargs-place',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/yargs(-parser)?\/.*js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return null;
      // Of its parser's modules only that they are somewhere matters.
      const place = JSON.stringify(path.split('/node_modules/yargs/')[1] ?? 'parser.js');
      const home = `"file://" + $require.resolve("yargs/package.json")`;
      return { contents: `const moduleUrl = new URL(${place}, ${home}).href;${text}`, loader: 'js' };
    });
  },
};

/**
 * esbuild makes no function of a program that awaits at its top, so that is done here: its imports are all of them of what
 * is not bundled, each a statement of its own, and `require` gives the same. So it does of what is imported only when it is
 * needed: code that V8 kept has no import() any more.
 */
function asFunction(text: string): string {
  const body = text.replace(
    /^import (?:(\{[^}]*\})|\* as (\S+)|(\S+)) from ("[^"]+");$/gm,
    (_, names: string | undefined, all: string, one: string, module: string) =>
      `const ${names?.replaceAll(' as ', ': ') ?? all ?? one} = require(${module});`,
  );
  const late = body.replace(/\bimport\(("[^"]+")\)/g, '(async () => require($1))()');
  return `(async function (require, $bundleUrl) {const $require = require;${late.replace(/^#!.*/, '')}`.replace(
    /(?=\/\/# sourceMappingURL=\S+\s*$)|$/,
    '})\n',
  );
}

const { outputFiles, metafile } = await build({
  entryPoints: [command, ...processes].map((entry) => join(root, `${entry}.ts`)),
  // What lies beside a bundle, its code, is never another one's.
  entryNames: '[name]-[hash]',
  outdir: folder,
  outExtension: { '.js': '.cjs' },
  absWorkingDir: root,
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // One is no JavaScript, and two need not be there.
  external: ['koffi', 'bullmq', 'ioredis'],
  sourcemap: 'linked',
  define: { 'import.meta.url': 'moduleUrl', 'import.meta.resolve': 'require.resolve' },
  plugins: [ownPlaces, yargsPlace, englishOnly, lateWidths],
  logLevel: 'warning',
});
mkdirSync(folder, { recursive: true });
for (const { path, text } of outputFiles)
  writeFileSync(path, path.endsWith('.map') ? text : asFunction(text));
for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint === undefined) continue;
  const bundle = join(root, output);
  leaveCode(bundle);
  const file = join(root, 'dist', entryPoint.replace(/\.ts$/, '.js'));
  const from = (path: string): string => JSON.stringify(relative(dirname(file), path));
  const first = readFileSync(join(root, entryPoint), 'utf8').startsWith('#!') ? '#!/usr/bin/env node\n' : '';
  const loader = from(join(root, 'dist/harness/bundle/load.js'));
  writeFileSync(
    file,
    `${first}import { load } from ${loader}; load(new URL(${from(bundle)}, import.meta.url));\n`,
  );
}
const written = outputFiles.map(({ path }) => basename(path));
for (const name of readdirSync(folder))
  if (!written.some((one) => name.startsWith(one))) rmSync(join(folder, name));
