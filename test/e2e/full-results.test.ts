/** A results disk of every size: a verdict, or a clear error; never the exit code of a violation for want of room. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const right = ['--ack-stdout', '^ack', '--', 'echo hi > a; sync a .; echo ack'];

/** Runs with results on a disk of so many KiB. */
async function runWith(bench: Bench, kib: number, args: string[]) {
  const disk = join(bench.folder, `results-${kib}`);
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'none', disk]);
  try {
    return await bench.plugpull(['run', ...args, '--out', join(disk, 'out'), ...right]);
  } finally {
    execFileSync('umount', [disk]);
  }
}

t.test('a results disk that is too small is said to be full', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const byCalls = ['--engine', 'contract'];
  const onDisk = ['--fs', 'ext2', '--no-calibrate', '--recordings', '1'];
  const cases: [kib: number, args: string[]][] = [
    [4, byCalls],
    [12, byCalls],
    [24, byCalls],
    [1024, byCalls],
    [16, onDisk],
    [256, onDisk],
    [513, onDisk],
    [65_536, onDisk],
  ];
  const codes: (number | undefined)[] = [];
  for (const [kib, args] of cases) {
    const { exitCode, stderr } = await runWith(bench, kib, args);
    codes.push(exitCode);
    t.ok(exitCode === 0 || exitCode === 69, `${kib} KiB: exit code ${exitCode}\n${stderr}`);
    if (exitCode === 69) t.match(stderr, /expected room for results, found none: ENOSPC/);
    t.notMatch(stderr, /^ +at /m, 'no stack');
    t.strictSame(bench.leftovers(), [], `${kib} KiB`);
  }
  t.equal(codes[0], 69);
  t.equal(codes.at(-1), 0, 'with enough room it is a verdict');
});
