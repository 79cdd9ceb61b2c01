/** Both verdicts without root, devices and capabilities: on an ordinary machine, and in a user namespace. */
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import type { Results } from '../../../harness/verdict/results.js';
import { cachePath } from '../../../vm/image/cache.js';
import { umlKernel } from '../../../vm/image/uml-kernel.js';
import { Bench, checkout } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

const need = {
  root: true,
  commands: [
    'setpriv',
    'unshare',
    'python3',
    'strace',
    'mkfs.ext4',
    'apt-get',
    'dpkg-deb',
    'depmod',
    'modprobe',
  ],
};
const nobody = 65534;
const program = join(checkout, 'dist/harness/cli/main.js');

t.test('an ordinary user gets both verdicts', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const home = await homeOfNobody(bench);
  const asUser = ['setpriv', '--reuid', `${nobody}`, '--regid', `${nobody}`, '--clear-groups', '--'];
  const inNamespace = [
    ...asUser,
    'unshare',
    '-Ur',
    'setpriv',
    '--bounding-set=-all',
    '--inh-caps=-all',
    '--',
  ];
  for (const { where, words } of [
    { where: 'an ordinary user', words: asUser },
    { where: 'root of a user namespace, without capabilities', words: inNamespace },
  ]) {
    const results = await resultsOf(words, home);
    t.strictSame(
      results.runs.map(({ scenario, storage, contract, observed }) => [
        scenario,
        storage,
        contract,
        observed,
      ]),
      [
        ['directory-sync', 'ext4, vm uml', 'pass', 'pass'],
        ['no-fsync', 'ext4, vm uml', 'violation', 'violation'],
      ],
      where,
    );
    t.ok(
      results.runs.every(({ coverage }) => coverage.every(({ exhaustive }) => exhaustive)),
      where,
    );
  }
});

t.test('a command finds what lies beside it, where the guest has a folder of its own, too', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // Below /tmp, which a guest hides.
  const folder = join(bench.folder, 'beside');
  mkdirSync(folder);
  const command = join(folder, 'command.sh');
  writeFileSync(command, 'echo text > file; sync; echo saved\n');
  const options = ['--place', 'vm', '--kernel', 'uml', '--no-calibrate'];
  const ended = await bench.plugpull(
    ['run', ...options, '--out', join(folder, 'out'), '--ack-stdout', '^saved$', '--', 'sh', command],
    { cwd: folder },
  );
  t.equal(ended.exitCode, 0, ended.stdout + ended.stderr);
});

/** A home with the kernel in its cache, so that nothing is downloaded. */
async function homeOfNobody(bench: Bench): Promise<string> {
  const { folder } = await umlKernel('uml', {});
  const home = join(bench.folder, 'home');
  const cache = join(home, '.cache/plugpull/vm');
  mkdirSync(join(cache, 'kernel'), { recursive: true });
  cpSync(folder, join(cache, 'kernel', basename(folder)), { recursive: true });
  cpSync(cachePath('latest'), join(cache, 'latest'), { recursive: true });
  for (let path = dirname(join(cache, 'x')); path.startsWith(home); path = dirname(path)) {
    chownSync(path, nobody, nobody);
  }
  chmodSync(bench.folder, 0o755);
  return home;
}

async function resultsOf([command, ...words]: string[], home: string): Promise<Results> {
  const scenarios = ['seeds/directory-sync.yaml', 'broken/no-fsync.yaml'].map((name) =>
    join(checkout, 'scenarios', name),
  );
  const options = ['run', '--json', '--no-calibrate', '--out', join(home, 'results')];
  const { stdout, stderr } = await execa(
    command!,
    [...words, process.execPath, program, ...options, ...scenarios],
    {
      cwd: home,
      extendEnv: false,
      env: { HOME: home, PATH: process.env.PATH ?? '', TMPDIR: existsSync('/tmp') ? '/tmp' : home },
      reject: false,
      stdin: 'ignore',
    },
  );
  if (!stdout.startsWith('{')) throw new Error(`no document: ${stderr.slice(-1000)}`);
  return JSON.parse(stdout) as Results;
}
