/**
 * A scenario's programs in a container image that has busybox and nothing else: no Python, no strace, no plugpull.
 * Docker is a stand-in that knows this one image, because its daemon is not everywhere (test/vm/image).
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { cacheFolder } from '../../vm/image/cache.js';
import { guestImages } from '../../vm/image/guest-images.js';
import { rootImage } from '../../vm/image/root-image.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';

const guestNeed = { commands: ['qemu-system-x86_64', 'sqfstar', 'tar'] };
const limitMs = 550_000;
const imageId = 'sha256:0123456789abcdef';
const imageName = 'tiny:1';

/** `$1` is written and made durable before it is acked; so that it runs in nothing but the image, it looks around. */
const right = `set -e
[ "$GREETING" = 'from the image' ]
[ "$(. /etc/os-release; echo $ID)" = tiny ]
[ ! -e /usr/bin/python3 ]
[ "$(cat "$SCENARIO/beside.txt")" = here ]
echo $1 | dd of=$1 conv=fsync
sync .
`;
const broken = `echo $1 > $1
`;

/** Judges, in the image, that what was acked last is there. */
const checker = `[ "$(. /etc/os-release; echo $ID)" = tiny ] || exit 3
last=$PLUGPULL_LAST_ACK
[ -z "$last" ] || [ "$(cat $last)" = $last ] || { echo "$last is lost"; exit 1; }
`;

interface Tiny {
  bench: Bench;
  /** Writes a scenario and returns its path. */
  scenario(name: string, yaml: string): string;
}

async function tinyImage(): Promise<Tiny> {
  await guestImages({ kernel: 'cloud' });
  const { busybox } = await rootImage({});
  const bench = new Bench();
  const tree = join(bench.folder, 'tree');
  for (const folder of ['bin', 'etc', 'usr', 'var']) mkdirSync(join(tree, folder), { recursive: true });
  copyFileSync(busybox, join(tree, 'bin/busybox'));
  for (const name of ['sh', 'cat', 'dd', 'sync', 'test']) symlinkSync('busybox', join(tree, 'bin', name));
  writeFileSync(join(tree, 'etc/os-release'), 'ID=tiny\n');
  // A link that leads astray when it is followed from outside.
  symlinkSync('/var/elsewhere', join(tree, 'mnt'));
  const archive = join(bench.folder, 'tree.tar');
  await execa('tar', ['--create', '--file', archive, '--owner=0', '--group=0', '-C', tree, '.']);
  bench.extraEnv = {
    PATH: `${standInDocker(bench.folder, archive)}:${process.env.PATH}`,
    XDG_CACHE_HOME: cacheBeside(bench.folder),
  };
  const scenarios = join(bench.folder, 'scenarios');
  mkdirSync(scenarios);
  writeFileSync(join(scenarios, 'right.sh'), right);
  writeFileSync(join(scenarios, 'broken.sh'), broken);
  writeFileSync(join(scenarios, 'check.sh'), checker);
  writeFileSync(join(scenarios, 'beside.txt'), 'here\n');
  const scenario = (name: string, yaml: string): string => {
    const path = join(scenarios, `${name}.yaml`);
    writeFileSync(path, `name: ${name}\nplace: vm\n${yaml}\n`);
    return path;
  };
  return { bench, scenario };
}

function standInDocker(folder: string, archive: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const inspected = {
    Id: imageId,
    Architecture: 'amd64',
    Config: { Env: ['GREETING=from the image', 'PATH=/bin'] },
  };
  const script = `#!/bin/sh
case "$1 $2" in
  'image ls' | 'rm --force') ;;
  'image inspect') echo '${JSON.stringify([inspected])}' ;;
  'create --') echo c0ffee ;;
  'export --') cat '${archive}' ;;
  *) exit 9 ;;
esac
`;
  writeFileSync(join(bin, 'docker'), script);
  chmodSync(join(bin, 'docker'), 0o755);
  return bin;
}

/** The user's cache, but for container images. */
function cacheBeside(folder: string): string {
  const own = join(folder, 'cache/plugpull/vm');
  mkdirSync(own, { recursive: true });
  for (const name of ['kernel', 'root', 'initramfs', 'latest', 'accelerator']) {
    if (existsSync(join(cacheFolder(), name))) symlinkSync(join(cacheFolder(), name), join(own, name));
  }
  return join(folder, 'cache');
}

const twice = (script: string, ack: (text: string) => string): string =>
  ['a', 'b'].map((name) => `sh $SCENARIO/${script}.sh ${name} && ${ack(name)}`).join(' && ');
const printed = (text: string): string => `echo saved ${text}`;
const bySocket = (text: string): string => `plugpull ack ${text}`;

t.test('workload, setup and checker run in the image, and get the verdicts they deserve', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...guestNeed.commands, ...umlNeed.commands] })) return;
  const { bench, scenario } = await tinyImage();
  t.teardown(() => bench.close());
  const onStdout = "ack: {stdout: '^saved'}";
  const checked = 'checker: {run: sh $SCENARIO/check.sh}\npromise: {}';
  const storage = (...methods: string[]): string =>
    `storage: [${methods.map((method) => `{method: ${method}}`).join(', ')}]`;
  // Where nothing hangs on what runs the guest, it is the one that starts at once.
  const inUml = 'vm: {kernel: uml}';
  const rightChecked = `workload: {run: "${twice('right', bySocket)}"}\n${checked}`;
  const files = [
    scenario(
      'right',
      `workload: {setup: 'sh $SCENARIO/right.sh setup', run: "${twice('right', printed)}"}\n${onStdout}\n${storage('disk', 'dm-log-writes')}\n${inUml}`,
    ),
    scenario('broken', `workload: {run: "${twice('broken', printed)}"}\n${onStdout}\n${inUml}`),
    // Recoveries in User-mode Linux have no container image for a checker.
    scenario('broken-checked', `workload: {run: "${twice('broken', bySocket)}"}\n${checked}`),
    scenario('right-checked', rightChecked),
    scenario('right-live', `${rightChecked}\n${storage('dm-flakey', 'power')}\nlive: {rounds: 1}\n${inUml}`),
  ];
  const { results } = await bench.run([...files, '--root', imageName, '--no-calibrate'], {
    timeoutMs: limitMs,
  });
  t.strictSame(
    results.runs.map(({ scenario, storage, contract, observed }) => [scenario, storage, contract, observed]),
    [
      ['right', 'ext4, vm uml, tiny:1', 'pass', 'pass'],
      ['right', 'ext4, dm-log-writes, vm uml, tiny:1', 'pass', 'pass'],
      ['broken', 'ext4, vm uml, tiny:1', 'violation', 'violation'],
      ['broken-checked', 'ext4, vm cloud, tiny:1', null, 'violation'],
      ['right-checked', 'ext4, vm cloud, tiny:1', null, 'pass'],
      ['right-live', 'ext4, dm-flakey, vm uml, tiny:1', null, 'pass'],
      ['right-live', 'ext4, power, vm uml, tiny:1', null, 'pass'],
    ],
    results.runs.flatMap(({ notes }) => notes).join('\n'),
  );
  for (const { scenario, container, coverage, run } of results.runs) {
    t.strictSame(container, { name: imageName, id: imageId }, scenario);
    if (coverage[0]!.engine !== 'replay') continue;
    t.equal(coverage[0]!.exhaustive, true);
    const manifest = JSON.parse(readFileSync(join(run, 'trace/manifest.json'), 'utf8'));
    t.strictSame(manifest.container, { name: imageName, id: imageId });
  }
  const [broken, brokenChecked, rightRun] = results.runs.slice(2);
  t.equal(broken!.findings[0]!.kind, 'durability');
  t.equal(brokenChecked!.findings[0]!.kind, 'checker');
  t.match(rightRun!.notes.join('\n'), /the contract is not judged: .* runs in tiny:1/);
  const again = await bench.plugpull(['check', join(rightRun!.run, 'trace')]);
  t.equal(again.exitCode, 64);
  t.match(again.stderr, /runs in the container image tiny:1 \(sha256:0123.*--checker/);
  t.strictSame(bench.leftovers(), []);
});

t.test('what cannot be is refused', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const common = ['run', '--root', imageName, '--checker', 'true'];
  for (const [options, refusal] of [
    [[], /key vm\.root: tiny:1 needs place: vm, found host/],
    [['--place', 'vm', '--engine', 'contract'], /key engine: expected replay among them, found contract/],
    [['--place', 'vm', '--vm-recover', 'host'], /key vm\.recover: expected auto or guest, found host/],
    [
      ['--place', 'vm', '--engine', 'contract,replay'],
      /key engine: contract cannot be judged with a checker/,
    ],
  ] as const) {
    const { exitCode, stderr } = await bench.plugpull([...common, ...options, '--', 'true']);
    t.equal(exitCode, 64);
    t.match(stderr, refusal);
  }
});
