/**
 * Of several runs of one command the next one is recorded while crash states of the last one recover, by the same processes
 * (test/disk/recording/disk-jobs.test.ts and lanes.test.ts have what these keep of a run: nothing).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openTrace } from '../../harness/trace/trace.js';
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

/**
 * A disk of another size whose power goes with an ack and whose writes fail, a line that never ends, and a process that stays
 * behind with the workload's output.
 */
const hostile = `workload: { run: "echo kept > a; sync a; echo saved a; sleep 600 & printf 'saved by half'; exit 3" }
storage: [{ fs: ext2, size: 16MiB, disk: { faults: [{ operation: write, n: 2, count: 1000 }], cut: { ack: 1 } } }]
`;
const right = `workload: { run: "echo kept > a && sync a . && echo saved a" }
storage: [{ fs: ext4 }]
`;

t.test('a right program passes after a hostile one as it did before it', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const files = [right, hostile, right].map((text, nth) => {
    const path = join(bench.folder, `${nth}.yaml`);
    writeFileSync(path, `name: n${nth}\nengine: [replay]\nack: { stdout: '^saved (.*)$' }\n${text}`);
    return path;
  });
  const { ended, results } = await bench.run(['--no-calibrate', ...files]);
  const told = results.runs.map((result: RunResult) => {
    const { verdict, findings, notes, run } = result;
    const trace = openTrace(join(run, 'trace'));
    const acks = trace.acks.map(({ text }) => text);
    trace.close();
    return { verdict, findings, notes, acks };
  });
  t.strictSame(told[0], { verdict: 'pass', findings: [], notes: told[0]!.notes, acks: ['a'] }, ended.stderr);
  t.not(told[1]!.verdict, 'pass');
  t.strictSame(told[2], told[0]);
  t.strictSame(bench.leftovers(), []);
});
