/** Several servers, each with a disk of its own, all cut at one instant. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { scenario as schema } from '../../harness/scenario/schema/scenario.js';
import { attend } from '../../harness/server/attend.js';
import { shell } from '../../harness/server/attendance.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { Bench, hostNeed, letAlone } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { twoDisks } from './two-disks.js';

const need = { ...hostNeed, commands: ['nbdfuse'] };

async function run(bench: Bench, scenario: object, ...args: string[]): Promise<RunResult> {
  const file = join(bench.folder, 'scenario.yaml');
  writeFileSync(file, JSON.stringify(scenario));
  const { results } = await bench.run([file, '--no-calibrate', ...args]);
  return results.runs[0]!;
}

const said = ({ notes, findings }: RunResult): string => JSON.stringify([notes, findings]);

t.test('every crash state of both disks together: what is on one before the other is found', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const right = await run(bench, twoDisks(true), '--audit', '2');
  t.match(right, { observed: 'pass', contract: null }, said(right));
  const [covered] = right.coverage;
  t.match(covered, { exhaustive: true, scope: /of 2 disks that lose their power at one instant/ });
  t.ok(covered!.audit.sampled > 0);
  const broken = await letAlone(
    () => run(bench, twoDisks(false), '--budget', 'recoveries=12', '--audit', '0'),
    ({ observed }) => observed === 'violation',
  );
  t.equal(broken.observed, 'violation', said(broken));
  t.match(said(broken), /only the second has it/);
  t.strictSame(bench.leftovers(), []);
});

t.test('by their system calls, without a disk', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const right = await run(bench, twoDisks(true), '--engine', 'contract');
  t.match(right, { contract: 'pass', observed: null }, said(right));
  const broken = await run(bench, twoDisks(false), '--engine', 'contract');
  t.equal(broken.contract, 'violation', said(broken));
  t.match(said(broken), /only the second has it/);
  const { clients } = twoDisks(true);
  const vague = {
    ...twoDisks(true),
    clients: clients.map(({ run }) => ({ run: run.replace('sync first/a first', 'sync -f first') })),
  };
  const unclear = await run(bench, vague, '--engine', 'contract');
  t.equal(unclear.contract, 'unknown', said(unclear));
  t.match(said(unclear), /syncfs makes one disk of several durable/);
});

t.test('rounds of real power loss take all disks along', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const live = ['--engine', 'live', '--rounds', '2', '--lanes', '1'];
  // Lost after the ack: the first disk's write was never synced.
  const broken = await letAlone(
    () => run(bench, { ...twoDisks(false), live: { cut: { ack: 1 }, lose: 'all' } }, ...live),
    ({ observed }) => observed === 'violation',
  );
  t.equal(broken.observed, 'violation', said(broken));
  t.match(said(broken), /only the second has it/);
  t.strictSame(bench.leftovers(), []);
});

t.test('each server runs in its own directory, at its own address, which the others know', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'plugpull-nodes-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  const before = process.cwd();
  t.teardown(() => process.chdir(before));
  for (const node of ['a', 'b']) mkdirSync(join(home, node));
  process.chdir(home);
  const server = (node: string) => ({
    node,
    program: shell('echo $PLUGPULL_PORT $PLUGPULL_PORT_A $PLUGPULL_PORT_B > told; echo up; exec sleep 60'),
    ready: { log: '^up$' },
    stop: 'SIGTERM' as const,
    timeout: 100_000,
  });
  const env = {
    ...process.env,
    ...{ PLUGPULL_PORT_A: '1', PLUGPULL_SOCKET_A: 'x', PLUGPULL_PORT_B: '2', PLUGPULL_SOCKET_B: 'y' },
  };
  const check = { check: { ...shell('cat a/told b/told; exit 1'), timeout: 100_000 } };
  const heard: string[] = [];
  const say = { out: (text: string | Buffer) => void heard.push(`${text}`), error: () => {} };
  t.equal(await attend({ servers: [server('a'), server('b')], task: check }, env, say), 1);
  t.equal(heard.join(''), '1 1 2\n2 1 2\n');
  const dies = { ...server('b'), program: shell('echo no luck >&2; exit 3') };
  heard.length = 0;
  t.equal(await attend({ servers: [server('a'), dies], task: check }, env, say), 241);
  t.match(heard.join(''), /^the server b did not start: it ended with exit code 3/);
});

t.test('what cannot be with nodes is refused, key by key', async (t) => {
  const cases: [object, RegExp][] = [
    [{ server: { run: 'x', ready: { port: 'own' } } }, /in nodes, or one here/],
    [{ nodes: { one: twoDisks(true).nodes.first } }, /two servers or more/],
    [{ place: 'vm' }, /expected host, where nodes run/],
    [{ recover: 'uml' }, /expected host, where nodes recover/],
    [{ explore: { nested: true } }, /expected false with nodes/],
    [{ recordings: 2 }, /expected one recording of nodes/],
    [{ engine: ['contract', 'replay'] }, /expected contract with nodes by itself/],
    [{ checker: { run: 'x', persistent: true } }, /expected false with a server/],
  ];
  for (const [keys, message] of cases) {
    const parsed = schema.safeParse({ ...twoDisks(true), ...keys });
    t.match(parsed.error?.issues[0]?.message, message);
  }
  t.ok(schema.safeParse(twoDisks(true)).success);
});
