/** Of several runs of one command the next one is recorded while crash states of the last one recover. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

/** The first one's checker is content once the second one's workload has run; `waits` for it, or does not. */
function scenarios(bench: Bench, waits: boolean): string[] {
  const ran = join(bench.folder, 'second-ran');
  const file = (name: string, lines: string[]): string => {
    const path = join(bench.folder, `${name}.yaml`);
    writeFileSync(path, `${[`name: ${name}`, ...lines, 'storage: [{ fs: ext4 }]'].join('\n')}\n`);
    return path;
  };
  const look = waits ? `while ! [ -e ${ran} ]; do sleep 0.02; done` : `! [ -e ${ran} ]`;
  return [
    file('first', [
      'engine: [replay]',
      'workload: { run: "echo kept > a && sync a . && echo saved a" }',
      "ack: { stdout: '^saved (.*)$' }",
      `checker: { run: "${look}", timeout: 60s }`,
    ]),
    file('second', [
      'engine: [replay]',
      `workload: { run: "echo kept > a && sync a . && touch ${ran} && echo saved a" }`,
      "ack: { stdout: '^saved (.*)$' }",
    ]),
  ];
}

for (const { lanes, waits, what } of [
  {
    lanes: '2',
    waits: true,
    what: 'with two lanes the first run ends, although it waits for the second one',
  },
  { lanes: '1', waits: false, what: 'with one lane the second one has not run before the first has ended' },
]) {
  t.test(what, async (t) => {
    if (!requires(t, hostNeed)) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const { ended, results } = await bench.run([
      '--lanes',
      lanes,
      '--no-calibrate',
      ...scenarios(bench, waits),
    ]);
    t.strictSame(
      results.runs.map(({ scenario, verdict }: RunResult) => [scenario, verdict]),
      [
        ['first', 'pass'],
        ['second', 'pass'],
      ],
      ended.stderr,
    );
    t.strictSame(bench.leftovers(), []);
  });
}
