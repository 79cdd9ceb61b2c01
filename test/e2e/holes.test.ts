/** A file of 1 TiB with three bytes in it: judged by both engines, and the results are as small as those bytes. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed } from './plugpull.js';

t.test('a huge file costs what it holds', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { ended, results } = await bench.run(['--no-calibrate', join(checkout, 'test/cases/holes')], {
    timeoutMs: 250_000,
  });
  t.same(
    results.runs.map(({ contract, observed, met }) => ({ contract, observed, met })),
    [
      { contract: 'pass', observed: 'pass', met: true },
      { contract: 'violation', observed: 'violation', met: true },
    ],
  );
  t.equal(ended.exitCode, 0);
  const [kilobytes] = execFileSync('du', ['-sk', '--apparent-size', bench.folder], {
    encoding: 'utf8',
  }).split('\t');
  // Disk images of 64 MiB are the largest thing kept; a file's length is none of it.
  t.ok(Number(kilobytes) < 2 ** 20, `${kilobytes} KiB are left`);
});
