/** What is started as a program is bundled: nobody starts one that Node has to put together from hundreds of files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import { command, processes } from '../../harness/bundle/programs.js';
import { checkout } from '../e2e/plugpull.js';

/** Programs that sources start, found beside themselves. Those in api/child load the user's modules, and are small. */
function started(): string[] {
  const files = ['harness', 'vm'].flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  return files.flatMap((file) =>
    [
      ...readFileSync(join(checkout, file), 'utf8').matchAll(/new URL\('([^']+)\.js', import\.meta\.url\)/g),
    ].map(([, path]) => normalize(join(dirname(file), path!))),
  );
}

t.test('every program that is started is bundled', async (t) => {
  const found = [...new Set(started())].filter(
    (path) => existsSync(join(checkout, `${path}.ts`)) && !path.startsWith('harness/api/child/'),
  );
  t.strictSame(found.sort(), [...processes].sort());
});

t.test('its own file is one line, and its bundle has all of plugpull that it needs', async (t) => {
  const bundles = join(checkout, 'dist/programs');
  for (const program of [command, ...processes]) {
    const lines = readFileSync(join(checkout, 'dist', `${program}.js`), 'utf8').replace(/^#!.*\n/, '');
    t.match(lines, /^export \* from "[./]*programs\/[a-z-]+\.js";\n$/, program);
  }
  for (const name of readdirSync(bundles).filter((name) => name.endsWith('.js'))) {
    const text = readFileSync(join(bundles, name), 'utf8');
    const read = [...text.matchAll(/^(?:import|export) .*?from "(\.[^"]+)"|^import "(\.[^"]+)"/gm)].map(
      ([, from, plain]) => from ?? plain!,
    );
    for (const path of read)
      t.ok(existsSync(join(bundles, path)) && /^\.\/[^/]+$/.test(path), `${name}: ${path}`);
  }
});
