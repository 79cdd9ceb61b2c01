/** The progress file: what was added is there, whatever was torn in between. */
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type FinishedPoint, ProgressFile } from '../../harness/explore/progress-file.js';
import { problemCalled } from './in-process-pool.js';

const finished = (point: number): FinishedPoint => ({
  point,
  recoveries: point + 1,
  leaves: [
    { decisions: [3, ~4], problems: [] },
    { decisions: [3, 4], problems: [problemCalled('ünïcode\nname')] },
    {
      decisions: [~3],
      problems: [],
      nested: {
        crashPoints: 2,
        states: '18446744073709551616',
        recoveries: 4,
        complete: true,
        problems: [problemCalled('n')],
      },
    },
  ],
});

t.test('what was added is loaded, in order', async (t) => {
  const file = new ProgressFile(join(t.testdir(), 'explore.ndjson'));
  t.same(file.load(), [], 'no file, nothing finished');
  for (const point of [2, 0, 1]) file.add(finished(point));
  t.same(file.load(), [2, 0, 1].map(finished));
});

t.test('torn at any byte: whole lines stay, and what is added later is not spoilt', async (t) => {
  const path = join(t.testdir(), 'explore.ndjson');
  const file = new ProgressFile(path);
  file.add(finished(0));
  file.add(finished(1));
  const whole = readFileSync(path);
  const first = Buffer.byteLength(JSON.stringify(finished(0))) + 1;
  for (let length = 0; length <= whole.length; length += 3) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    const kept = [...(length >= first ? [0] : []), ...(length >= whole.length ? [1] : [])];
    t.same(
      file.load().map(({ point }) => point),
      kept,
      `${length} bytes`,
    );
    file.add(finished(7));
    t.same(
      file.load().map(({ point }) => point),
      [...kept, 7],
      `${length} bytes, then one more`,
    );
  }
});

t.test('lines of another shape are not there', async (t) => {
  const path = join(t.testdir(), 'explore.ndjson');
  const lines = [
    'null',
    '5',
    '[]',
    '{}',
    '{"point":-1,"recoveries":0,"leaves":[]}',
    '{"point":0,"recoveries":0,"leaves":[{}]}',
  ];
  for (const line of [...lines, '{"point":0,"recoveries":0,"leaves":[{"decisions":[1.5],"problems":[]}]}']) {
    appendFileSync(path, `${line}\n`);
  }
  t.same(new ProgressFile(path).load(), []);
});
