/** Killed runs are counted over many sittings, each campaign for itself. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { KillTally } from '../../bench/campaign/kill-tally.js';

t.test('a tally goes on where it was', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-tally-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'kills.ndjson');
  const first = new KillTally('kill-9', file);
  t.equal(first.count, 0);
  first.add({ seed: 1, signal: 'SIGKILL', phase: 'starting', ended_ms: 9000, removed: 3 });
  first.add({ seed: 1, signal: null, phase: 'exploring', ended_ms: 0, removed: 0 });
  new KillTally('kill-uml', file).add({
    ...{ seed: 1, signal: 'SIGINT' as const, phase: 'recording' },
    ...{ ended_ms: 100, removed: 0 },
  });
  const again = new KillTally('kill-9', file);
  t.equal(again.count, 2, "another campaign's are not counted");
  again.add({ seed: 1, signal: 'SIGTERM', phase: 'recording', ended_ms: 2100, removed: 0 });
  t.equal(
    again.sentence(),
    '3 runs, 2 of them ended in time (1 SIGKILL, 1 SIGTERM; 1 starting, 1 recording), 3 things removed, nothing left behind; of 1 that were asked to end 1 took more than 2 s, the slowest 2.1 s',
  );
  appendFileSync(file, 'torn');
  t.throws(() => new KillTally('kill-9', file), {
    name: 'UsageError',
    message: /--resume: expected a JSON line/,
  });
});
