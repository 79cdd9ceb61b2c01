/**
 * Bundles the libraries that test files import, a file each. Node reads and resolves each of tap's 240 modules by itself,
 * and of zod's and execa's, which took three quarters of what a test file needs to start. Called by scripts/bootstrap after
 * tsc, when the libraries have changed.
 *
 * A bundle lies in dist/node_modules, where Node looks before it comes to the ones that npm put beside dist.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { englishOnly } from '../../harness/bundle/english-only.js';

/** Those with many modules. One that finds files beside itself (yargs), or is no JavaScript (koffi), cannot be here. */
const libraries = ['tap', 'fast-check', 'execa', 'yaml', 'zod'];

/** tap leaves frames out of stack traces that lie in a package of its own. */
const hiddenTap = '@tapjs/tap';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, 'dist/node_modules');

rmSync(folder, { recursive: true, force: true });
for (const library of libraries) {
  const names = Object.keys((await import(library)) as object);
  await build({
    stdin: { contents: `export { ${names.join(', ')} } from '${library}';`, resolveDir: root },
    outfile: join(folder, library === 'tap' ? hiddenTap : library, 'index.js'),
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: {
      js: "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.url);",
    },
    plugins: [englishOnly],
    logLevel: 'warning',
  });
}
mkdirSync(join(folder, 'tap'));
writeFileSync(
  join(folder, 'tap/index.js'),
  `export * from '../${hiddenTap}/index.js';\nexport { default } from '../${hiddenTap}/index.js';\n`,
);
for (const name of [...libraries, hiddenTap]) {
  writeFileSync(join(folder, name, 'package.json'), '{"type": "module", "exports": "./index.js"}\n');
}
// By which scripts/bootstrap tells what has changed since.
copyFileSync(join(root, 'package-lock.json'), join(folder, '.bundled'));
