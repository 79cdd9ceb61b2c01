/** A server and its client in User-mode Linux: both run in the guest that records, the server again in the one that recovers. */
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from '../vm/live/live-runs.js';
import { scenarioFile } from '../vm/shell-scenarios.js';
import { logClient, logServer } from './log-server.js';

const scenario = (sync: string) => ({
  server: logServer(sync),
  clients: [logClient],
  ack: { stdout: '^kept .*$' },
  checker: {
    run: '[ "$PLUGPULL_ACKS" = 0 ] || { read -r line <log; [ "$line" = first ] || { echo "first is gone"; exit 1; }; }',
  },
  place: 'vm',
  vm: { kernel: 'uml', recover: 'uml' },
  explore: { audit: 1, granularity: 'write' },
  recordings: 1,
});

const said = ({ notes, findings }: RunResult): string =>
  JSON.stringify([notes, findings.map(({ lost }) => lost)]);

t.test('one that syncs before it answers keeps what it answered, one that does not is found', async (t) => {
  if (!requires(t, { commands: [...umlNeed.commands, 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const files = [
    scenarioFile(bench.folder, 'syncs', scenario('sync log')),
    scenarioFile(bench.folder, 'does-not', scenario(':')),
  ];
  const { results } = await bench.run([...files, '--no-calibrate', '--budget', 'directories=12']);
  const [kept, lost] = results.runs as [RunResult, RunResult];
  t.match(kept, { observed: 'pass', recovered_by: /uml/, findings: [] }, said(kept));
  t.match(kept.coverage[0], { engine: 'replay', exhaustive: true, audit: { mismatched: 0 } });
  t.match(lost, { contract: 'violation', observed: 'violation', recovered_by: /uml/ }, said(lost));
  t.match(said(lost), /first is gone/);
  t.strictSame(bench.leftovers(), []);
});
