/** Scenarios in User-mode Linux: every way to lose power there gives the verdicts that the host gives. */
import t from 'tap';
import type { Results } from '../../../harness/verdict/results.js';
import { Bench, hostNeed } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

const need = {
  ...hostNeed,
  commands: [
    ...hostNeed.commands,
    'setpriv',
    'python3',
    'strace',
    'dmsetup',
    'apt-get',
    'depmod',
    'modprobe',
  ],
};
const right = 'scenarios/seeds/directory-sync.yaml';
const broken = 'scenarios/broken/no-fsync.yaml';
const inUml = ['--place', 'vm', '--kernel', 'uml'];

function verdicts({ runs }: Results): [string, string | null, string | null][] {
  return runs.map(({ scenario, contract, observed }) => [scenario, contract, observed]);
}

t.test('recorded on our own disk and by dm-log-writes', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const method of ['disk', 'dm-log-writes']) {
    const { ended, results } = await bench.run([right, broken, ...inUml, '--method', method]);
    t.strictSame(
      verdicts(results),
      [
        ['directory-sync', 'pass', 'pass'],
        ['no-fsync', 'violation', 'violation'],
      ],
      `${method}: ${ended.stderr.slice(-500)}`,
    );
    for (const { coverage } of results.runs) t.ok(coverage[0]!.exhaustive, method);
  }
  t.strictSame(bench.leftovers(), []);
});

t.test('power really lost, in rounds', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const method of ['dm-flakey', 'power']) {
    const rounds = ['--method', method, '--rounds', '4', '--seed', '7'];
    const { ended, results } = await bench.run([right, broken, ...inUml, ...rounds]);
    t.strictSame(
      verdicts(results),
      [
        ['directory-sync', null, 'pass'],
        ['no-fsync', null, 'violation'],
      ],
      `${method}: ${ended.stderr.slice(-500)}`,
    );
  }
  t.strictSame(bench.leftovers(), []);
});
