/** The embedder's functions one after the other: recorded, judged, judged again by another checker, joined, reported. */
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { check, merge, record, report, UsageError } from '../../harness/api/index.js';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const bench = new Bench();
t.teardown(() => bench.close());
process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
const out = join(bench.folder, 'out');
const save = new URL('save.sh', pathToFileURL(join(checkout, 'examples/')));
const target = { command: ['sh', save], ackStdout: /^saved (.*)$/ };

t.test('record, check, merge, report', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace'] })) return;
  const made = await record(target, { out: join(bench.folder, 'trace'), storage: ['ext4'] });
  t.match(made, [{ scenario: 'save', storage: 'ext4', recording: 0, problem: null }]);
  t.ok(existsSync(join(made[0]!.folder, 'disk.log')));
  // A trace needs nothing of where it was made.
  const moved = join(bench.folder, 'elsewhere');
  renameSync(made[0]!.folder, moved);

  const right = await check(moved, { out, lanes: 1 });
  t.match(right, { verdict: 'pass', limits: [], runs: [{ contract: 'pass', observed: 'pass' }] });
  t.ok(right.runs[0]!.coverage.every(({ exhaustive }) => exhaustive));
  const refused = await check([moved], {
    out,
    lanes: 1,
    promise: { snapshot: false },
    checker: { run: '[ "$PLUGPULL_ACKS" -eq 0 ] || { echo never; exit 1; }' },
  });
  t.match(
    refused,
    { verdict: 'unknown', runs: [{ notes: [/undamaged end|accept/] }] },
    'a checker that refuses the end',
  );

  const whole = await merge([right.resultsFolder, refused.resultsFolder], { out });
  t.match(whole, { verdict: 'unknown', runs: [{ verdict: 'pass' }, { verdict: 'unknown' }] });
  const { files, text } = await report(whole.resultsFolder, ['html', 'tap=-']);
  t.match(text, /^TAP version 14\n/);
  t.match(readFileSync(files[0]!, 'utf8'), /save/);
  t.strictSame(bench.leftovers(), []);
});

t.test('what cannot be recorded or judged is refused in words', async (t) => {
  const trace = join(bench.folder, 'no-trace');
  await t.rejects(record(target, { out: trace, engine: ['contract'] }), {
    name: 'UsageError',
    message: /key engine: expected replay among them/,
  });
  await t.rejects(check(trace, { out }), UsageError);
  await t.rejects(check(trace, { out, signal: AbortSignal.abort(new Error('enough')) }), /enough/);
});
