/** The package as npm packs it, installed into an empty folder: what a user has, and nothing of the checkout. */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { cacheFolder } from '../../vm/image/cache.js';
import { checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';

interface Packed {
  filename: string;
  files: { path: string; size: number }[];
}

const home = mkdtempSync(join(tmpdir(), 'plugpull-package-'));
t.teardown(() => rmSync(home, { recursive: true, force: true }));
const modules = join(home, 'node_modules');
const { PLUGPULL_REQUIRE: _, ...environment } = process.env;
const env: Record<string, string | undefined> = {
  ...environment,
  PLUGPULL_STATE_DIR: join(home, 'state'),
  // No container engine, whatever this machine has.
  DOCKER_HOST: `unix://${join(home, 'no-engine.sock')}`,
  PATH: `${modules}/.bin:${process.env.PATH}`,
};

const inHome = async (
  program: string,
  ...words: string[]
): Promise<{ exitCode: number | undefined; all: string; stdout: string }> => {
  const { exitCode, all, stdout } = await execa(program, words, {
    cwd: home,
    env,
    extendEnv: false,
    all: true,
    reject: false,
  });
  return { exitCode, all, stdout };
};

/** As npm would with what package-lock.json says, from the modules that are there already. */
async function install(tarball: string, withTypes: readonly string[]): Promise<void> {
  mkdirSync(join(modules, '.bin'), { recursive: true });
  await execa('tar', ['xzf', tarball, '-C', home]);
  symlinkSync(join(home, 'package'), join(modules, 'plugpull'));
  symlinkSync('../plugpull/bin/plugpull', join(modules, '.bin/plugpull'));
  const { packages } = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>;
  };
  const below = (name: string, from: string): void => {
    mkdirSync(dirname(join(from, name)), { recursive: true });
    if (
      existsSync(join(checkout, 'node_modules', name)) &&
      !lstatSync(join(from, name), { throwIfNoEntry: false })
    )
      symlinkSync(join(checkout, 'node_modules', name), join(from, name));
  };
  // Node finds what the package needs from where its files really lie.
  for (const [path, { dev }] of Object.entries(packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    if (name && !dev) below(name, join(home, 'package/node_modules'));
  }
  for (const name of withTypes) below(name, modules);
}

t.test('an installed package does all that a checkout does', async (t) => {
  const { stdout } = await execa('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], {
    cwd: checkout,
  });
  const [packed] = JSON.parse(stdout) as [Packed];
  const paths = packed.files.map(({ path }) => path);

  t.test('holds what it needs, and nothing of the checkout', async (t) => {
    for (const path of [
      'bin/plugpull',
      'dist/harness/api/index.d.ts',
      'action.yml',
      'ci/action',
      'workloads/clients/plugpull_ack.py',
      'vm/guest/agent/main.py',
      'LICENSE',
      'CHANGELOG.md',
    ])
      t.ok(paths.includes(path), path);
    const programs = paths.filter((path) => path.startsWith('dist/programs/'));
    t.ok(programs.some((path) => /\/main-\w+\.cjs$/.test(path)));
    t.strictSame(
      programs.filter((path) => !path.endsWith('.cjs')),
      [],
      'no code for the Node that packed it',
    );
    t.strictSame(
      paths.filter((path) => path.endsWith('.map')),
      [],
      'no source maps without sources',
    );
    const strangers = paths.filter((path) =>
      /^(?:scripts|test|bench|dist\/test|dist\/bench|harness)\/|node_modules/.test(path),
    );
    t.strictSame(strangers, [], 'no script of the checkout');
    const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
    t.strictSame(Object.keys(manifest.peerDependencies), Object.keys(manifest.peerDependenciesMeta));
    for (const [name, { optional }] of Object.entries<{ optional: boolean }>(manifest.peerDependenciesMeta))
      t.ok(optional, `${name} is not installed for who does not want it`);
    t.match(manifest, { os: ['linux'], repository: { url: /^git\+https:/ }, keywords: [] });
  });

  await install(join(home, packed.filename), [
    '@types',
    'undici-types',
    'tsx',
    'esbuild',
    '@esbuild',
    'get-tsconfig',
    'resolve-pkg-maps',
  ]);
  writeFileSync(join(home, 'package.json'), '{"type": "module"}');

  t.test('doctor names commands that an installed user has', async (t) => {
    const { exitCode, all } = await inHome('plugpull', 'doctor');
    t.equal(exitCode, 0, all);
    t.notMatch(all, /scripts\/|npm (?:test|run)|the tests/);
    const engine = await inHome(
      ...(['plugpull', 'run', '--place', 'container', '--image', 'debian', '--', 'true'] as const),
    );
    t.equal(engine.exitCode, 69, engine.all);
    t.notMatch(engine.all, /scripts\//);
    // Packages that only some want are named where they are wanted, with what installs them.
    const queue = await inHome(
      'plugpull',
      'worker',
      '--queue',
      'redis://127.0.0.1:1',
      '--store',
      join(home, 'store'),
    );
    t.match(queue, {
      exitCode: 69,
      all: /--queue needs the packages bullmq and ioredis: npm install bullmq@/,
    });
  });

  t.test('init, run and report, in each language', async (t) => {
    if (!requires(t, { commands: ['strace'] })) return;
    for (const language of ['python', 'ts', 'sh']) {
      const made = await inHome('plugpull', 'init', '--language', language, language);
      t.match(made, { exitCode: 0, all: new RegExp(`next: npx plugpull run ${language}/plugpull\\.yaml`) });
    }
    const ran = await inHome(
      'plugpull',
      'run',
      '--engine',
      'contract',
      'python/plugpull.yaml',
      'ts/plugpull.yaml',
      'sh/plugpull.yaml',
    );
    t.equal(ran.exitCode, 0, ran.all);
    const report = await inHome('plugpull', 'report', 'plugpull-results/latest', '--format', 'junit');
    t.equal(report.exitCode, 0, report.all);
  });

  t.test('by npx: what is printed to be pasted can be pasted', async (t) => {
    if (!requires(t, { commands: ['strace'] })) return;
    const forgetful = [
      '--engine',
      'contract',
      '--ack-stdout',
      '^saved',
      '--',
      'echo 1 > a; sync a; echo saved',
    ];
    const ran = await inHome('npx', '--no-install', 'plugpull', 'run', ...forgetful);
    t.equal(ran.exitCode, 1, ran.all);
    const pasted = [...ran.stdout.matchAll(/^ *(?:see it|report:) +(npx plugpull .+)$/gm)].map(
      ([, line]) => line!,
    );
    t.match(pasted, [/show \S+ C1$/, /report \S+$/]);
    for (const line of pasted) {
      const ended = await inHome('sh', '-c', line);
      t.equal(ended.exitCode, 0, `${line}\n${ended.all}`);
    }
  });

  t.test('a guest is built from the package, and runs', async (t) => {
    if (!requires(t, { commands: ['strace', 'setpriv', 'apt-get', 'depmod', 'modprobe'] })) return;
    const cache = join(home, 'cache/plugpull/vm');
    mkdirSync(cache, { recursive: true });
    // What the user's cache has downloaded is not downloaded again; what is built is built here.
    for (const name of ['debs', 'latest']) {
      if (!existsSync(join(cacheFolder(), name))) continue;
      if (name === 'debs') symlinkSync(join(cacheFolder(), name), join(cache, name));
      else cpSync(join(cacheFolder(), name), join(cache, name), { recursive: true });
    }
    env.XDG_CACHE_HOME = join(home, 'cache');
    const built = await inHome('plugpull', 'vm', 'build', '--kernel', 'uml', '--json');
    t.equal(built.exitCode, 0, built.all);
    const [image] = (JSON.parse(built.stdout) as { images: { kernel: string }[] }).images;
    t.ok(image!.kernel.startsWith(cache), image!.kernel);
    const ran = await inHome('plugpull', 'run', '--place', 'vm', '--kernel', 'uml', 'sh/plugpull.yaml');
    t.equal(ran.exitCode, 0, ran.all);
    t.match(ran.stdout, /save-notes +ext4, vm uml +pass +pass/);
  });

  t.test('import, and types by tsc', async (t) => {
    const text = `import {
  type Ack, type CrashTestResult, type MadeReports, type MutantsResult, type RecordedTrace, type RunResult,
  check, crashTest, merge, mutants, record, report,
} from 'plugpull';
import { ack } from 'plugpull/ack';
import { crashTest as inNode } from 'plugpull/node-test';
import { crashTest as inVitest } from 'plugpull/vitest';
const result: Promise<CrashTestResult> = crashTest(new URL('./a.crash.js', import.meta.url), {
  storage: ['ext4', { fs: 'xfs', disk: { atomicUnit: 4096 } }],
  explore: { maxFindings: 3 },
});
export const workload = async (told: Ack): Promise<void> => told('x');
export async function embedded(): Promise<string[]> {
  const traces: RecordedTrace[] = await record({ command: ['true'], ackStdout: /x/ }, { out: 'traces' });
  const judged: CrashTestResult = await check(traces.map(({ folder }) => folder), { promise: { snapshot: false } });
  const whole = await merge([judged.resultsFolder], { out: 'all' });
  const { files, text }: MadeReports = await report(whole.resultsFolder, ['html', 'junit=-']);
  const { score }: MutantsResult = await mutants(new URL('file:///a.mjs'), { replay: true });
  const states: string[] = whole.runs.flatMap(({ coverage }: RunResult) => coverage.map(({ states }) => states));
  return [...files, text, String(score.percent), ...states];
}
// @ts-expect-error a file system that there is not
void crashTest('/a', { storage: ['ext5'] });
export const all: unknown[] = [result, ack, inNode, inVitest];
`;
    writeFileSync(join(home, 'types.ts'), text);
    const tsc = join(checkout, 'node_modules/typescript/bin/tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      // Our own declarations are checked, TypeScript's are not.
      '--lib',
      'es2023',
      '--skipDefaultLibCheck',
    ];
    const checked = await inHome(process.execPath, tsc, ...options, '--skipLibCheck', 'false', 'types.ts');
    t.equal(checked.exitCode, 0, checked.all);

    const required = `import { CrashTestError, type CrashTestOptions, type CrashTestResult, crashTest, UnavailableError } from 'plugpull';
import { ack, type PowerCut } from 'plugpull/ack';
import { crashTest as inNode, type NodeTestContext } from 'plugpull/node-test';
import { crashTest as inVitest, type VitestContext } from 'plugpull/vitest';
export const result: Promise<CrashTestResult> = crashTest('/a', {} satisfies CrashTestOptions);
export const folder = (error: unknown): string | null =>
  error instanceof CrashTestError ? error.runFolder : error instanceof UnavailableError ? error.message : null;
export let kept: CrashTestError | PowerCut | NodeTestContext | VitestContext | undefined;
// @ts-expect-error a file system that there is not
void crashTest('/a', { storage: ['ext5'] });
export const all: unknown[] = [ack, inNode, inVitest];
`;
    for (const name of ['required.cts', 'imported.mts']) writeFileSync(join(home, name), required);
    const older = join(home, 'older');
    mkdirSync(older);
    symlinkSync(modules, join(older, 'node_modules'));
    writeFileSync(join(older, 'package.json'), '{}');
    writeFileSync(join(older, 'required.ts'), required);
    const lib = options.filter((word) => !/^(?:--module|nodenext)$/.test(word));
    for (const [module, resolution, files, all] of [
      ['node16', 'node16', ['required.cts', 'imported.mts'], true],
      ['nodenext', 'nodenext', ['required.cts', 'imported.mts']],
      ['esnext', 'bundler', ['imported.mts']],
      // What CommonJS projects were set to before there were exports: main, types and typesVersions.
      ['commonjs', 'node10', ['older/required.ts']],
    ] as const) {
      const words = ['--module', module, '--moduleResolution', resolution];
      const skip = ['--skipLibCheck', all ? 'false' : 'true'];
      const typed = await inHome(process.execPath, tsc, ...lib, ...words, ...skip, ...files);
      t.equal(typed.exitCode, 0, `${module}, ${resolution}: ${typed.all}`);
    }
    const values = `const m = require('plugpull'), imported = import('plugpull');
      imported.then((i) => console.log(Object.keys(m).join() === Object.keys(i).join() && m.crashTest === i.crashTest));`;
    const { stdout: same } = await inHome(process.execPath, '--input-type=commonjs', '-e', values);
    t.equal(same, 'true', 'what is required is what is imported');
    const told = readFileSync(join(home, 'package/dist/harness/api/required/index.d.cts'), 'utf8');
    const declared = [...told.matchAll(/^export declare const (\w+)/gm)].map(([, name]) => name!);
    const { stdout: given } = await inHome(
      process.execPath,
      '--input-type=commonjs',
      '-e',
      "console.log(Object.keys(require('plugpull')).join())",
    );
    t.strictSame(declared.sort(), given.split(',').sort(), 'each of them is declared');

    const program =
      "const m = await import('plugpull'); await import('plugpull/vitest'); await import('plugpull/node-test'); console.log(Object.keys(m).join())";
    const loaded = await inHome(process.execPath, '--input-type=module', '-e', program);
    t.match(loaded.stdout, /CrashTestError,.*check,crashTest,.*mutants,record/);
  });
});
