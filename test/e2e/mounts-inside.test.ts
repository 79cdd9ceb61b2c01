/** A workload that mounts in its directory, or takes that away: nobody else sees it, and nothing is left. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

t.test('what a workload mounts ends with it, and other scenarios run', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'strace', 'unshare'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const scenarios = {
    mounts: 'mkdir m; mount -t tmpfs none m; echo hi > m/x; echo hi > a; sync a .; echo "ack a"',
    unmounts: 'cd /; umount -l "$OLDPWD"; cd "$OLDPWD"; echo hi > a; sync a .; echo "ack a"',
    right: 'echo hi > a; sync a .; echo "ack a"',
  };
  const files = Object.entries(scenarios).map(([name, run]) => {
    const file = join(bench.folder, `${name}.yaml`);
    writeFileSync(file, JSON.stringify({ name, workload: { run }, ack: { stdout: '^ack .*$' } }));
    return file;
  });
  const before = readFileSync('/proc/self/mounts', 'utf8');
  const { ended, results } = await bench.run([...files, '--no-calibrate', '--recordings', '1']);
  const verdicts = Object.fromEntries(results.runs.map(({ scenario, contract }) => [scenario, contract]));
  t.strictSame(verdicts, { mounts: 'unknown', unmounts: 'unknown', right: 'pass' }, ended.stderr);
  t.notMatch(JSON.stringify(results.runs[0]!.findings), 'm/x', 'what lay elsewhere is not accused');
  t.notMatch(ended.stderr, /Error/);
  t.strictSame(bench.leftovers(), []);
  t.equal(readFileSync('/proc/self/mounts', 'utf8').includes(bench.folder), before.includes(bench.folder));
});
