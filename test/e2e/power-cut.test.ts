/** Faults and cuts while the workload runs: no ack after the cut counts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Results } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const acksOf = (results: Results): string[] =>
  readFileSync(join(results.runs[0]!.run, 'trace', 'events.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'ack')
    .map(({ text }) => text);

/** Appends and acks without syncing: a cut that let a later ack count would be seen as a loss. */
const workload = 'for i in 1 2 3 4 5; do echo $i > f$i; sync -d f$i .; sync -f .; echo saved $i; done';

for (const [name, cut, acks] of [
  ['at the second ack', '{ack: 2, later_writes: vanish}', 2],
  ['at the second ack, failing', '{ack: 2, later_writes: fail}', 2],
  ['before the first flush', '{operation: flush, n: 1, later_writes: vanish}', 0],
  ['at once', '{after: 0, later_writes: vanish}', 0],
] as const) {
  t.test(`a cut ${name}: ${acks} acks count, and they hold`, async (t) => {
    if (!requires(t, hostNeed)) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const file = join(bench.folder, 'cut.yaml');
    writeFileSync(
      file,
      `name: cut\nworkload: {run: '${workload}'}\nack: {stdout: '^saved (.*)$'}\nstorage: [{fs: ext4, disk: {cut: ${cut}}}]\n`,
    );
    const { results } = await bench.run([file, '--no-calibrate']);
    t.equal(acksOf(results).length, acks);
    t.equal(results.verdict, 'pass', JSON.stringify(results.runs[0]));
    t.strictSame(bench.leftovers(), []);
  });
}
