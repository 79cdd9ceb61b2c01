/** A real server, in short: the whole search of each shipped one is the campaign's. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkoutFolder } from '../../bench/checkout.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const need = {
  ...hostNeed,
  commands: [...hostNeed.commands, 'python3', '/usr/lib/postgresql/15/bin/postgres'],
};

/** Shipped scenarios, over a few crash states. */
async function few(bench: Bench, ...names: string[]): Promise<RunResult[]> {
  const files = names.map((name) => join(checkoutFolder, 'scenarios/servers', `${name}.yaml`));
  const budget = ['--budget', 'recoveries=20', '--recordings', '1', '--no-calibrate', '--lanes', '2'];
  return (await bench.run([...files, '--engine', 'replay', ...budget])).results.runs;
}

t.test('PostgreSQL keeps what it answered, and with fsync=off it does not', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  chmodSync(bench.folder, 0o711);
  const [right, broken] = await few(bench, 'postgres', 'postgres-fsync-off');
  const { findings, notes, coverage } = right!;
  t.strictSame(findings, [], 'nothing is found');
  t.match(coverage, [{ engine: 'replay', recoveries: 20 }], 'crash states were judged');
  t.notMatch(notes.join(), /checker/, 'each of them by its checker');
  t.equal(broken!.observed, 'violation');
  t.match(
    broken!.findings[0]?.lost.join(),
    /commit of .* was answered, and it is not there|the server did not start/,
  );
  t.strictSame(bench.leftovers(), []);
});
