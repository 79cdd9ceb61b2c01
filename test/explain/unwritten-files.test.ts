/** A checker that misses what was never sent to the disk: the finding names the file all the same. */
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { Bench, hostNeed, letAlone } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { scenarioFile } from '../vm/shell-scenarios.js';

/** Writes into the middle of a log that has its blocks already, and into another file, which it syncs. */
const scenario = {
  workload: {
    setup: 'head -c 20000 /dev/zero >log; : >other; sync log other .',
    run: 'echo kept >other; sync other; printf first | dd of=log bs=1 seek=8192 conv=notrunc status=none; echo kept',
  },
  ack: { stdout: '^kept$' },
  checker: {
    run: '[ "$PLUGPULL_ACKS" = 0 ] || grep -q first log || { echo first is gone; exit 1; }',
  },
  place: 'host',
  explore: { granularity: 'write', audit: 0 },
};

t.test('by a whole search, and by a round of real power loss', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const engine of [['replay'], ['live', '--rounds', '1']]) {
    const file = scenarioFile(bench.folder, engine[0]!, scenario);
    const { results } = await letAlone(
      () => bench.run([file, '--no-calibrate', '--engine', ...engine]),
      ({ results }) => results.runs[0]!.findings.length > 0,
    );
    const [run] = results.runs as [RunResult];
    const [finding] = run.findings;
    t.match(
      finding?.lost.join('\n'),
      /first is gone\nwritten by the programs, and not on the disk at this moment: log \(1 block of 4096 bytes\)/,
      JSON.stringify([run.notes, run.findings]),
    );
  }
});
