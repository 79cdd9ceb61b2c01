/** A shipped right program, and one with a sync call too many; `npm run campaign -- mutants` has the others. */
import { join } from 'node:path';
import t from 'tap';
import type { MutantsResult } from '../../harness/mutants/mutants-result.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';

t.test('every needed sync is missed, the superfluous one survives with its proof', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const mutants = async (...args: string[]): Promise<MutantsResult> => {
    const out = join(bench.folder, 'out');
    const { stdout, stderr } = await bench.plugpull(['mutants', '--json', '--out', out, ...args]);
    t.match(stdout, /^\{/, stderr);
    return JSON.parse(stdout);
  };
  t.match(await mutants('scenarios/seeds/atomic-replace.yaml'), {
    baseline: { outcome: 'pass' },
    score: { killed: 7, too_weak: 0, superfluous: 0, percent: 100 },
  });
  const wasteful = await mutants(
    '--ack-stdout',
    '^saved',
    '--',
    'echo 1 > a; sync a .; sync -d a; echo saved',
  );
  const spared = wasteful.mutants.filter(({ why }) => why === 'superfluous');
  t.match(wasteful.score, { killed: 3, too_weak: 0, superfluous: 2, unknown: 0, percent: 100 });
  t.same(
    spared.map(({ change, result, reason }) => [change, result, reason]),
    [
      [
        'fsync(a) is not made',
        'survived',
        'by the posix model without it write(a, 0, 2) is durable with fdatasync(a), and no ack and no change lies between',
      ],
      [
        'fdatasync(a) is not made',
        'survived',
        'by the posix model nothing is durable later without it: it makes nothing durable that is not already',
      ],
    ],
    'either of the two syncs of one file can go, each with its proof',
  );
});
