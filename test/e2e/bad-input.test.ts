/** Bad usage ends with 64 and says what was expected, what came, and where. */
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench } from './plugpull.js';

const cases: [name: string, args: string[], says: RegExp][] = [
  ['no command', [], /expected a command/],
  ['an unknown command', ['rum'], /Did you mean run|Unknown/],
  ['an unknown option', ['run', '--fz', 'ext4', '--', 'true'], /Unknown argument: fz/],
  ['nothing to run', ['run'], /expected scenario files, or a command/],
  ['a missing scenario', ['run', '/no/such.yaml'], /\/no\/such\.yaml: no such file/],
  [
    'a wrong file system',
    ['run', '--fs', 'ntfs', '--', 'true'],
    /^plugpull: --fs: expected one of ext2, ext3, ext4, xfs, btrfs, f2fs, got "ntfs"$/,
  ],
  [
    'a wrong part of an option',
    ['run', '--disk', 'cache=warm', '--budget', 'foo=3', '--', 'true'],
    /--disk cache: expected one of volatile, through, lying, got "warm".*--budget foo: expected one of the keys [^;]*recoveries[^;]*, got "foo"/s,
  ],
  [
    'a disk for nothing',
    ['run', '--size', '3', '--', 'true'],
    /--size: expected a size of at least 1MiB, got "3"/,
  ],
  [
    'a wrong number for a probe',
    ['probe', '--seq', '7', '--limit', '0'],
    /--seq: expected 1 or 2 or 3, got 7.*--limit: expected a number above 0, got 0/s,
  ],
  ['a wrong property', ['properties', '--property', 'x'], /--property: expected one of sector-overwrite, /],
  [
    'properties of the host',
    ['properties', '--kernel', 'host'],
    /--kernel: expected uml or uml@RELEASE, got/,
  ],
  [
    'a wrong promise',
    ['run', '--promise', 'everything', '--', 'true'],
    /--promise: expected snapshot, none, owed/,
  ],
  [
    'durations of no shard',
    ['run', '--durations', 'x', '--', 'true'],
    /--durations: expected --shard i\/n with it/,
  ],
  ['a wrong shard', ['run', '--shard', '3/2', '--', 'true'], /--shard: expected i\/n/],
  [
    'an option given twice',
    ['run', '--seed', '1', '--seed', '2', '--', 'true'],
    /--seed: expected one value/,
  ],
  ['a wrong lanes', ['run', '--lanes', '0', '--', 'true'], /--lanes: expected a whole number/],
  ['too many lanes', ['run', '--lanes', '1e99', '--', 'true'], /--lanes: .* from 1 to 1024, got 1e\+99/],
  [
    'a container without an image',
    ['run', '--place', 'container', '--', 'true'],
    /expected the image that the programs run in/,
  ],
  ['a run that is none', ['show', '/tmp', 'F1'], /holds no finished run/],
  ['a resume of nothing', ['run', '--resume', '/tmp'], /not a results folder/],
];

for (const [name, args, says] of cases) {
  t.test(`${name}: exit 64`, async (t) => {
    const bench = new Bench();
    t.teardown(() => bench.close());
    const full =
      args[0] === 'run' ? [...args.slice(0, 1), '--out', join(bench.folder, 'out'), ...args.slice(1)] : args;
    const { exitCode, stderr } = await bench.plugpull(full);
    t.equal(exitCode, 64, stderr);
    t.match(stderr, says);
  });
}

t.test('a scenario with a wrong key names file, line and key', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const file = join(bench.folder, 'wrong.yaml');
  writeFileSync(file, 'name: wrong\nworkload:\n  run: true\n  tiemout: 3s\nstorage: [{fs: ext9}]\n');
  const { exitCode, stderr } = await bench.plugpull(['run', file]);
  t.equal(exitCode, 64);
  t.match(stderr, /wrong\.yaml:4: key workload\.tiemout/);
  t.match(stderr, /wrong\.yaml:3: key workload\.run: expected text, found true/);
  t.match(stderr, /wrong\.yaml:5: key storage\.0\.fs: .*found "ext9"/s);
});

t.test('a refused run leaves no results folder, and `latest` where it was', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const out = join(bench.folder, 'out');
  const run = (...args: string[]) => bench.plugpull(['run', '--out', out, ...args, '--', 'true']);

  t.equal((await run('--place', 'host', '--recover', 'guest')).exitCode, 64);
  t.same(readdirSync(out), []);

  t.equal((await run('--engine', 'contract')).exitCode, 0);
  const latest = readlinkSync(join(out, 'latest'));
  t.equal((await run('--place', 'host', '--recover', 'guest')).exitCode, 64);
  t.equal(readlinkSync(join(out, 'latest')), latest);
  t.same(readdirSync(out).sort(), [latest, 'latest'].sort());
});
