/** bin/plugpull in a small checkout of its own: what it builds, what it passes on. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '../../..');

const tsconfig = JSON.stringify({
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    rootDir: '.',
    outDir: 'dist',
    types: [],
    // Reading and checking what browsers have takes tsc three seconds each time.
    lib: ['es5'],
    skipLibCheck: true,
    noEmitOnError: true,
  },
  include: ['harness'],
});

function checkout(folder: string): string {
  for (const name of ['bin', 'scripts', 'harness/cli']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['bin/plugpull', 'scripts/bootstrap']) {
    copyFileSync(join(root, name), join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, 'tsconfig.json'), tsconfig);
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  utimesSync(join(folder, 'package-lock.json'), 1, 1);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function main(folder: string, text: string): void {
  writeFileSync(join(folder, 'harness/cli/main.ts'), text);
}

function plugpull(path: string, args: string[] = [], env: Record<string, string> = {}) {
  const { PLUGPULL_ACK: _, ...rest } = process.env;
  const { status, stdout, stderr } = spawnSync(path, args, {
    cwd: '/',
    encoding: 'utf8',
    env: { ...rest, ...env },
  });
  return { status, stdout, stderr };
}

const prelude =
  'declare const process: { argv: string[]; exitCode: number }; declare const console: { log(x: unknown): void };\n';

t.test('builds when needed and passes arguments and exit code on', async (t) => {
  const folder = checkout(t.testdir());
  const program = join(folder, 'bin/plugpull');
  main(folder, `${prelude}console.log(process.argv.slice(2)); process.exitCode = 2; export {};`);

  const first = plugpull(program, ['a b', '--', '']);
  t.match(first, { status: 2, stdout: "[ 'a b', '--', '' ]\n", stderr: /build: tsc/ });
  t.match(plugpull(program), { status: 2, stdout: '[]\n', stderr: '' }, 'nothing to build');

  symlinkSync(program, join(folder, 'link'));
  t.match(
    plugpull(join(folder, 'link')),
    { status: 2, stdout: '[]\n', stderr: '' },
    'through a symbolic link',
  );

  main(folder, `${prelude}console.log('changed'); export {};`);
  t.match(
    plugpull(program, [], { PLUGPULL_ACK: '/socket' }),
    { stdout: '[]\n' },
    'never builds inside a workload',
  );
  t.match(plugpull(program), { status: 0, stdout: 'changed\n' });

  main(folder, 'const x: number = "";');
  t.match(plugpull(program), { status: 70, stdout: '', stderr: /does not compile|do not compile/ });
  main(folder, 'throw 1;');
  rmSync(join(folder, 'tsconfig.json'));
  t.match(
    plugpull(program),
    { status: 0, stdout: 'changed\n' },
    'an installed package runs what it came with',
  );
});

t.test('the output of a source that is gone goes too', async (t) => {
  const folder = checkout(t.testdir());
  const run = () => plugpull(join(folder, 'bin/plugpull'));
  writeFileSync(join(folder, 'harness/extra.ts'), 'export const extra = 1;');
  main(folder, `import { extra } from '../extra.js'; ${prelude}console.log(extra);`);
  t.match(run(), { stdout: '1\n' });
  rmSync(join(folder, 'harness/extra.ts'));
  main(folder, `// @ts-ignore\nimport { extra } from '../extra.js'; ${prelude}console.log(extra);`);
  t.match(run(), { status: 1, stderr: /ERR_MODULE_NOT_FOUND/ });
});

t.test('modules that npm was told to leave out are noticed, and fetched', async (t) => {
  const folder = checkout(t.testdir());
  const program = join(folder, 'bin/plugpull');
  main(folder, `${prelude}console.log('here'); export {};`);
  t.match(plugpull(program), { stdout: 'here\n' });

  // As npm install --omit=dev leaves it: a new lock, and not all that package.json names.
  rmSync(join(folder, 'node_modules'));
  mkdirSync(join(folder, 'node_modules/@scope/there'), { recursive: true });
  for (const name of ['.package-lock.json', '@scope/there/package.json'])
    writeFileSync(join(folder, 'node_modules', name), '{}');
  const names = { dependencies: { '@scope/there': '1.0.0' }, devDependencies: { 'left-out': '1.0.0' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', ...names }, null, 2));
  utimesSync(join(folder, 'package.json'), 1, 1);
  const npm = join(folder, 'fake/npm');
  mkdirSync(join(folder, 'fake'));
  writeFileSync(
    npm,
    '#!/bin/sh\necho "$@" >> fake/asked; mkdir node_modules/left-out; echo {} > node_modules/left-out/package.json\n',
  );
  chmodSync(npm, 0o755);
  const env = { PATH: `${join(folder, 'fake')}:${process.env.PATH}` };
  t.match(plugpull(program, [], env), { stdout: 'here\n', stderr: /npm ci/ });
  t.match(plugpull(program, [], env), { stdout: 'here\n', stderr: '' }, 'once');
  t.match(readFileSync(join(folder, 'fake/asked'), 'utf8'), /^ci --include=dev [^\n]*\n$/);
});
