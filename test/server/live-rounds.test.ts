/** Rounds of real power loss on the host: at named moments, on what survived, explained, replayed without them, and resumed. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

/** A log of lines: the server appends what it is sent, syncs, says so, and answers. */
const scenario = (more: object = {}, beforeAnswer = ':') => ({
  name: 'log-server',
  server: {
    run: `mkfifo "$PLUGPULL_SOCKET.in" "$PLUGPULL_SOCKET.out" && : >>log && sync log . && echo ready
      while read -r line <"$PLUGPULL_SOCKET.in"; do
        echo "$line" >>log; sync log; echo "wrote $line"; ${beforeAnswer}; echo ok >"$PLUGPULL_SOCKET.out"; done`,
    ready: { log: '^ready$' },
  },
  clients: [
    {
      run: 'for n in 1 2 3; do echo $n >"$PLUGPULL_SOCKET.in" && read -r answer <"$PLUGPULL_SOCKET.out" && echo "kept $n"; done',
    },
  ],
  ack: { stdout: '^kept .*$' },
  checker: {
    run: 'for ack in 1 2 3; do [ "$PLUGPULL_ACKS" -lt "$ack" ] || grep -qx "$ack" log || { echo "$ack is gone"; exit 1; }; done',
  },
  engine: ['live'],
  place: 'host',
  ...more,
});

const said = ({ notes, findings }: RunResult): string => JSON.stringify([notes, findings]);

function benchOf(t: { teardown(undo: () => void): void }): Bench {
  const bench = new Bench();
  t.teardown(() => bench.close());
  return bench;
}

function fileOf(bench: Bench, scenario: object): string {
  const file = join(bench.folder, 'scenario.yaml');
  writeFileSync(file, JSON.stringify(scenario));
  return file;
}

/** What the run keeps of its rounds. */
function roundsIn(folder: string): { acks: number }[] {
  const file = join(folder, 'rounds.ndjson');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line));
}

t.test('power goes at the moments that are named, and rounds go on with what survived', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = benchOf(t);
  const cut = [{ matching: '2$' }, { log: '^wrote 2$' }, { operation: 'flush' }];
  const live = { rounds: 4, cut, lose: ['all', 'torn'], begin: 'survivor' };
  // Five lines are left of the first two rounds: in the third one the answer never comes, however late the cut does.
  const thirdRoundWaits = '[ "$line" != 2 ] || [ "$(wc -l <log)" -lt 7 ] || sleep 600';
  const file = fileOf(bench, scenario({ live, storage: [{ method: 'power' }] }, thirdRoundWaits));
  const run = (await bench.run([file, '--no-calibrate'])).results.runs[0]!;
  t.match(run, { observed: 'pass', coverage: [{ engine: 'live', crash_points: 4 }] }, said(run));
  const rounds = roundsIn(run.run);
  t.same(
    rounds.map(({ acks }) => acks),
    [3, 2, 1, 0],
    'to the end; at the second ack; when it was written and not answered yet; before anything is durable',
  );
  t.match(run.notes, [/4 rounds/, /began on what the last one left/]);
  t.strictSame(bench.leftovers(), []);
});

t.test('a moment that does not come is no pass, nor are too few rounds', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = benchOf(t);
  const never = { rounds: 2, cut: [{ log: 'shutting down' }] };
  const file = fileOf(bench, scenario({ live: never, storage: [{ method: 'power' }] }));
  const missed = (await bench.run([file, '--no-calibrate'])).results.runs[0]!;
  t.equal(missed.observed, 'unknown', said(missed));
  t.match(said(missed), /round 2: the power was never cut: .*shutting down/);
  const few = (await bench.run([file, '--no-calibrate', '--cut', 'ack=1', '--rounds-time', '1ms'])).results
    .runs[0]!;
  t.equal(few.observed, 'unknown', said(few));
  t.match(said(few), /only \d rounds within 0.001 s .* rest on 2/);
});

t.test('a round that fails names the file, the fewest lost writes, and is replayed', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = benchOf(t);
  // The file system syncs, and never tells the disk to flush its cache.
  const storage = [{ method: 'power', mount: ['nobarrier'] }];
  const file = fileOf(bench, scenario({ live: { rounds: 2 }, storage }));
  const run = (await bench.run([file, '--no-calibrate', '--expect', 'observed=violation'])).results.runs[0]!;
  t.equal(run.observed, 'violation', said(run));
  const [finding] = run.findings;
  t.match(finding?.crash_point, { round: 1, acks: 3 });
  t.match(finding?.lost, [/is gone/, /when the workload had ended/, /of \d+ writes .* all were lost/]);
  t.ok(finding!.cause.length >= 1 && finding!.cause.length <= 3, said(run));
  t.match(finding?.lost.at(-1), /by whose they were: .*\blog \(\d+\)/, 'the file that the server writes');
  const shown = await bench.plugpull(['show', run.run, 'F1']);
  t.match(shown.stdout, /write of \d+ bytes at sector \d+/);
  const mounted = await bench.plugpull([
    'mount',
    run.run,
    'F1',
    '--at',
    join(bench.folder, 'at'),
    '--command',
    'cat log',
  ]);
  t.notMatch(mounted.stdout, /1\n2\n3/, 'the crash state can be seen');
  const check = ['check', run.run, '--json', '--no-calibrate', '--out', join(bench.folder, 'again')];
  const again = await bench.plugpull([...check, '--lanes', '2', '--audit', '0', '--budget', 'recoveries=25']);
  t.match(JSON.parse(again.stdout).runs[0], { observed: 'violation' }, again.stdout);
  t.ok(JSON.parse(again.stdout).runs[0].coverage[0].crash_points > 3, 'all crash states of that recording');
  t.strictSame(bench.leftovers(), []);
});

t.test('killed with -9 between rounds, it goes on with those that are not finished', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = benchOf(t);
  const held = join(bench.folder, 'held');
  const clients = join(bench.folder, 'clients');
  writeFileSync(held, '');
  // A third round waits until it was killed, however late that is.
  const waits = `echo >>${clients}; while [ -e ${held} ] && [ "$(wc -l <${clients})" -gt 2 ]; do sleep 0.1; done; `;
  const [client] = scenario().clients;
  const file = fileOf(
    bench,
    scenario({
      ...{ clients: [{ run: `${waits}${client!.run}` }], workload: { timeout: '1h' } },
      ...{ live: { rounds: 4 }, storage: [{ method: 'power' }] },
    }),
  );
  const out = join(bench.folder, 'killed');
  const killed = bench.start(['run', file, '--no-calibrate', '--out', out]);
  const folder = (): string[] =>
    existsSync(join(out, 'latest'))
      ? readdirSync(join(out, 'latest')).filter((name) => name.includes('--'))
      : [];
  const done = (): number => folder().flatMap((name) => roundsIn(join(out, 'latest', name))).length;
  while (done() < 2) await delay(20);
  killed.kill('SIGKILL');
  await killed.ended;
  rmSync(held);
  const before = roundsIn(join(out, 'latest', folder()[0]!));
  const resumed = await bench.plugpull(['run', '--json', '--no-calibrate', '--resume', join(out, 'latest')]);
  const [run] = JSON.parse(resumed.stdout).runs as RunResult[];
  t.match(run, { observed: 'pass', coverage: [{ crash_points: 4 }] }, said(run!));
  t.match(said(run!), new RegExp(`${before.length} of the rounds were finished before`));
  t.same(roundsIn(run!.run).slice(0, before.length), before, 'finished rounds are kept');
  t.strictSame(bench.leftovers(), []);
});
