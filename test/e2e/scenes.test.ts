/** A run leaves the scene of each finding, and reports of it are made by the run itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openStoredResults, sceneOf } from '../../harness/verdict/stored-results.js';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed, letAlone } from './plugpull.js';

t.setTimeout(500_000);

t.test('what happened around the crash, and the file as promised and as it was found', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const scenario = join(checkout, 'scenarios/broken/no-fsync.yaml');
  const { results } = await letAlone(
    () => bench.run([scenario, '--fs', 'ext4', '--reporter', 'html']),
    ({ results }) =>
      results.runs[0]!.findings.some(({ id, lost }) => id === 'F1' && lost[0] === 'notes.txt is missing'),
  );
  const folder = join(results.runs[0]!.run, '..');
  const stored = openStoredResults(folder);
  const [run] = stored.results.runs;
  const missing = run!.findings.find(({ id }) => id === 'F1')!;
  const scene = sceneOf(stored, run!, missing.id)!;
  t.match(scene.files, [{ path: 'notes.txt', before: null, promised: { size: 23 }, after: null }]);
  const texts = scene.events.map((event) =>
    event.kind === 'call' || event.kind === 'ack' ? event.text : event.kind,
  );
  const at = (text: RegExp): number => texts.findIndex((one) => text.test(one));
  t.ok(at(/^creat\(notes\.txt\)/) >= 0 && at(/^creat/) < at(/^write\(notes/), 'calls in their order');
  t.ok(at(/^write\(notes/) < at(/^Synced notes/), 'the ack after them');
  t.equal(scene.points[scene.cut]!.at, at(/^Synced notes/) + 1, 'cut right after the ack');
  t.ok(
    scene.events.findIndex((event) => event.kind === 'write' && event.owner === 'notes.txt') >=
      scene.points[scene.cut]!.at,
    'the data went to the disk only later',
  );
  t.match(run!.sources, [{ name: 'no_fsync.py', path: /\/workloads\/.*no_fsync\.py$/ }]);
  t.match(readFileSync(join(folder, 'report.html'), 'utf8'), /notes\.txt is missing/);
  t.same(bench.leftovers(), [], 'looking at recovered files leaves nothing behind');
});
