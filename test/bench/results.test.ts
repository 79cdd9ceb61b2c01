import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import t from 'tap';
import type { BenchResult } from '../../bench/benchmark.js';
import { requires } from '../require.js';

const main = fileURLToPath(new URL('../../bench/main.js', import.meta.url));
const machine = {
  root: true,
  fuse: true,
  loop: true,
  fs: ['ext4', 'ext2', 'xfs', 'btrfs'],
  commands: ['nbdfuse', 'python3', 'strace'],
};

async function bench(
  ...args: string[]
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [main, ...args], {
    reject: false,
    timeout: 120_000,
  });
  return { exitCode, stdout, stderr };
}

t.test('the JSON document has the promised shape', async (t) => {
  if (!requires(t, machine)) return;
  const { exitCode, stdout, stderr } = await bench(
    '--json',
    '--scale',
    '0.02',
    'recoveries_ext4',
    'states_rename_ext2',
  );
  t.equal(exitCode, 0, stderr);
  const { results } = JSON.parse(stdout) as { results: BenchResult[] };
  t.same(
    results.map(({ name, unit }) => ({ name, unit })),
    [
      { name: 'recoveries_ext4', unit: 'recoveries/s' },
      { name: 'states_rename_ext2', unit: 'states/s' },
    ],
  );
  for (const { name, value, baseline, ratio } of results) {
    t.ok(value > 0 && baseline > 0, `${name}: ${value} and ${baseline} were measured`);
    t.equal(ratio, value / baseline, `${name}: more is better`);
  }
  const { states, recoveries, exhaustive, usual_states } = results[1]!.details;
  t.match(states, /^\d+$/);
  t.equal(exhaustive, true);
  t.ok(Number(recoveries) > 0 && Number(usual_states) > 0);
});

t.test('the contract engine: calls a second, memory, and what tracing costs', async (t) => {
  if (!requires(t, machine)) return;
  const { exitCode, stdout, stderr } = await bench(
    '--json',
    '--scale',
    '0.02',
    'contract_calls',
    'contract_memory',
    'trace_overhead',
  );
  t.equal(exitCode, 0, stderr);
  const { results } = JSON.parse(stdout) as { results: BenchResult[] };
  const [overhead, calls, memory] = results;
  t.match(overhead, { name: 'trace_overhead', unit: 'ms', goal: null });
  t.ok(overhead!.value > 0 && overhead!.baseline > 0, 'both were measured');
  t.match(calls, { name: 'contract_calls', unit: 'calls/s', baseline: 10_000, goal: 1 });
  t.ok(Number(calls!.details.careless_parsed_per_s) > 0 && Number(calls!.details.careless_judged_per_s) > 0);
  t.match(memory, { name: 'contract_memory', unit: 'MiB', baseline: 1024, goal: 1 });
  t.ok(memory!.value > 10 && memory!.ratio === memory!.baseline / memory!.value);
});

t.test('the names are the promised ones', async (t) => {
  const { stdout } = await bench('--list');
  t.same(
    stdout
      .split('\n')
      .map((line) => line.split(' ')[0])
      .sort(),
    [
      'contract_calls',
      'contract_memory',
      'end_to_end',
      'acks_10000',
      'fsync_2000',
      'seeds_and_broken',
      'guest_boot',
      'guest_recording',
      'guest_recoveries',
      ...['btrfs', 'ext2', 'ext4', 'xfs'].map((fs) => `looking_${fs}`),
      'record_fsync',
      'record_stream',
      ...['btrfs', 'ext2', 'ext4', 'xfs'].map((fs) => `recoveries_${fs}`),
      'redis_overhead',
      'report_opens',
      'import_plugpull',
      ...['btrfs', 'ext2', 'ext4', 'xfs'].map((fs) => `states_rename_${fs}`),
      ...['btrfs', 'ext2', 'ext4', 'xfs'].map((fs) => `states_sqlite_${fs}`),
      'pgbench_overhead',
      'power_rounds',
      ...['redis', 'postgres'].flatMap((server) => [
        `live_rounds_${server}_host`,
        `live_rounds_${server}_uml`,
      ]),
      'queue_two_workers',
      ...['btrfs', 'ext4', 'xfs'].map((fs) => `probe_${fs}`),
      'trace_overhead',
      'two_lanes',
      'uml_boot',
      'uml_end_to_end',
      ...['btrfs', 'ext2', 'ext4', 'xfs'].map((fs) => `uml_recoveries_${fs}`),
      'uml_two_lanes',
    ].sort(),
  );
});

t.test('what is not known is refused', async (t) => {
  for (const args of [['no_such_benchmark'], ['--scale', '0'], ['--no-such-option']]) {
    const { exitCode, stdout, stderr } = await bench(...args);
    t.equal(exitCode, 64, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, args.at(-1)!.replace(/^0$/, 'above 0'));
  }
});
