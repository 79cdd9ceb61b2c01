/** A run over layers on the host: recorded above them, and recovered through them. */

import { join } from 'node:path';
import t from 'tap';
import type { Results } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const save = 'echo new > f.tmp && sync f.tmp && mv f.tmp f && sync . && echo saved';

t.test('an overlay keeps what its file system keeps; one that is volatile keeps nothing', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4' })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const [layers, verdict] of [
    ['loop,overlay', 'pass'],
    ['overlay:volatile', 'violation'],
  ] as const) {
    const { stdout, stderr } = await bench.plugpull(
      [
        ...['run', '--json', '--engine', 'replay', '--place', 'host', '--recover', 'host', '--lanes', '1'],
        ...['--fs', 'ext4', '--layers', layers, '--recordings', '1', '--ack-stdout', 'saved'],
        ...['--out', join(bench.folder, 'out'), '--', 'sh', '-c', save],
      ],
      { timeoutMs: 120_000 },
    );
    if (!stdout.startsWith('{')) throw new Error(`no document: ${stderr}`);
    const [run] = (JSON.parse(stdout) as Results).runs;
    t.equal(run!.verdict, verdict, `${layers}: ${stderr}`);
    t.match(run!.storage, layers.replace(',', ', '));
    t.notMatch(run!.notes.join(), /no journal/);
  }
  t.strictSame(bench.leftovers(), []);
});

t.test('where layers are not put in place', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const [args, words] of [
    [['--place', 'vm', '--layers', 'overlay'], /layers: overlay needs place: host/],
    [['--place', 'host', '--layers', 'dm-crypt'], /device mapper and md are not touched on the host/],
  ] as const) {
    const { exitCode, stderr } = await bench.plugpull(['run', '--engine', 'replay', ...args, '--', 'true']);
    t.equal(exitCode, 64);
    t.match(stderr, words);
  }
});
