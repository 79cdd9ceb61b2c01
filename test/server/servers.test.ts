/** Servers in a scenario: started, asked, stopped, and started again on crash states; each way in which that goes wrong. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { Bench, hostNeed, letAlone } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const need = { commands: ['strace', 'python3'] };

function benchOf(t: { teardown(undo: () => void): void }): Bench {
  const bench = new Bench();
  t.teardown(() => bench.close());
  return bench;
}

/** Judges a scenario by its system calls. */
async function judge(bench: Bench, scenario: object, ...args: string[]): Promise<RunResult> {
  const file = join(bench.folder, 'scenario.yaml');
  writeFileSync(file, JSON.stringify(scenario));
  const { results } = await bench.run([file, '--engine', 'contract', '--lanes', '1', ...args]);
  return results.runs[0]!;
}

const said = ({ notes, findings }: RunResult): string =>
  JSON.stringify([notes, findings.map(({ lost }) => lost)]);

/** A key-value server and a client that sets one value. */
const keyValue = (options: string) => ({
  name: 'kv',
  server: { run: `exec python3 $WORKLOADS/servers/kv_server.py ${options}`, ready: { log: '^ready$' } },
  clients: [{ run: 'python3 $WORKLOADS/servers/kv_client.py 1', count: 2 }],
  ack: { stdout: '^set .*$' },
  checker: { run: 'python3 $WORKLOADS/servers/kv_check.py' },
});

/** A server of few words: it writes a file, and runs as long as it is let. */
const plain = (start: string) => ({
  name: 'plain',
  server: {
    run: `${start}; echo up; exec sleep 600`,
    ready: { log: '^up$' } as object,
    timeout: '100s',
  },
  clients: [{ run: 'echo done' }],
  ack: { stdout: '^done$' },
  checker: { run: 'true' },
});

t.test('a server that syncs before it answers keeps what its clients were told', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const attending = attendingOf(bench);
  const run = await judge(bench, keyValue('--sync'));
  t.match(run, { contract: 'pass', met: null }, said(run));
  t.strictSame(bench.leftovers(), []);
  t.strictSame(attending(), [], 'no folder of sockets is left');
});

t.test('one that does not is found, by what its client was told', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const run = await judge(bench, keyValue(''), '--budget', 'directories=12');
  t.equal(run.contract, 'violation', said(run));
  t.match(said(run), /client\d-0 was set to 0 and is not there/);
});

t.test('who runs as somebody else reaches the directory, and it is theirs', async (t) => {
  if (!requires(t, { ...need, root: true })) return;
  const bench = benchOf(t);
  chmodSync(bench.folder, 0o711);
  const setup = 'test "$(id -un)" = nobody && test "$(stat -c %U .)" = nobody && mkdir mine';
  const checker = { run: 'test "$(id -un)" = nobody && test "$(stat -c %U mine)" = nobody' };
  const run = await judge(bench, {
    name: 'user',
    workload: { user: 'nobody', setup, run: 'echo x > mine/a && sync mine/a mine && echo done' },
    ack: { stdout: '^done$' },
    checker,
  });
  t.equal(run.contract, 'pass', said(run));
});

t.test('a server that does not start on a crash state is a loss of its own', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const start =
    'if [ -e there ]; then test -s key || { echo no key >&2; exit 7; }; fi; echo 1 > key; touch there; sync there .';
  const run = await judge(bench, plain(start));
  t.equal(run.contract, 'violation', said(run));
  t.match(said(run), /the server did not start: it ended with exit code 7 before it was ready/);
  t.match(said(run), /server: no key/, 'with the end of its log');
});

t.test('one that ends while it is asked is another', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const scenario = plain('[ -e key ] || first=1; echo 1 > key; sync key .');
  scenario.server.run =
    '[ -e up ] && [ ! -s up ] && { echo $$ >"$PLUGPULL_SOCKET.dies"; echo up; sleep 0.3; kill -9 $$; }; echo 1 > up; echo up; exec sleep 600';
  // As long as one is there that will die.
  scenario.checker.run =
    'while pid=$(cat "$PLUGPULL_SOCKET.dies" 2>/dev/null) && kill -0 $pid 2>/dev/null; do sleep 0.05; done';
  const run = await judge(bench, scenario);
  t.equal(run.contract, 'violation', said(run));
  t.match(said(run), /the server was killed by SIGKILL while it was asked/);
});

t.test('what goes wrong without a crash is unknown, and says why', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const cases: [string, object, RegExp][] = [
    ['ends at once', plain('echo broken config >&2; exit 3'), /did not start: it ended with exit code 3.*/],
    [
      'is never ready',
      { ...plain('true'), server: { run: 'exec sleep 60', ready: { command: 'false' }, timeout: '300ms' } },
      /was not ready within 0.3 s/,
    ],
    ['a client fails', { ...plain('true'), clients: [{ run: 'echo no luck >&2; exit 5' }] }, /5|no luck/],
    [
      'does not start again',
      plain('[ -e once ] && exit 9; touch once; sync once .'),
      /undamaged end.*did not start: it ended with exit code 9/,
    ],
  ];
  for (const [name, scenario, reason] of cases) {
    const run = await judge(bench, scenario);
    t.equal(run.contract, 'unknown', `${name}: ${said(run)}`);
    t.match(said(run), reason, name);
  }
  t.strictSame(bench.leftovers(), []);
});

t.test('a server that finds its disk full says nothing of a crash', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const full = 'if [ -e there ] && [ ! -s key ]; then echo "write: No space left on device" >&2; exit 7; fi';
  const run = await judge(bench, plain(`${full}; echo 1 > key; touch there; sync there .`));
  t.equal(run.contract, 'unknown', said(run));
  t.match(said(run), /the recovered disk is full, \d+ of \d+ bytes are free/);
});

t.test('rounds of real power loss: one that does not sync is found, one that does keeps all', async (t) => {
  if (!requires(t, { ...need, ...hostNeed, commands: ['nbdfuse', 'python3'] })) return;
  const bench = benchOf(t);
  const rounds = async (options: string): Promise<RunResult> => {
    const file = join(bench.folder, 'scenario.yaml');
    writeFileSync(file, JSON.stringify(keyValue(options)));
    const args = ['--engine', 'live', '--place', 'host', '--rounds', '3', '--no-calibrate', '--lanes', '1'];
    return (await bench.run([file, ...args])).results.runs[0]!;
  };
  const lost = await letAlone(
    () => rounds(''),
    ({ findings }) => findings[0]?.crash_point?.round === 1,
  );
  t.match(lost, { observed: 'violation', contract: null }, said(lost));
  t.match(lost.findings[0]?.crash_point, { round: 1, acks: 2 });
  const kept = await rounds('--sync');
  t.match(kept, { observed: 'pass', coverage: [{ engine: 'live', crash_points: 3 }] }, said(kept));
  t.strictSame(bench.leftovers(), []);
});

t.test('a server whose attendant is killed goes with the run, and its folder, too', async (t) => {
  if (!requires(t, need)) return;
  const bench = benchOf(t);
  const attending = attendingOf(bench);
  const run = await judge(bench, plain('kill -9 $PPID'));
  t.equal(run.contract, 'unknown', said(run));
  t.strictSame(bench.leftovers(), []);
  t.strictSame(attending(), []);
});

t.test('a scenario that cannot be meant is refused', async (t) => {
  const bench = benchOf(t);
  const server = { run: 'true', ready: { port: 'own' } };
  const cases: [object, RegExp][] = [
    [{ name: 'a', workload: {} }, /workload\.run: .*expected a command/],
    [{ name: 'a', workload: {}, clients: [{ run: 'true' }] }, /server: .*expected a server/],
    [
      { name: 'a', workload: { run: 'true' }, server, checker: { run: 'true', persistent: true } },
      /checker\.persistent/,
    ],
    [{ name: 'a', workload: { run: 'true' }, server, place: 'vm', vm: { kernel: 'cloud' } }, /server: .*uml/],
    [
      { name: 'a', workload: { run: 'true' }, server: { run: 'true', ready: { log: '(' } } },
      /regular expression/,
    ],
    [{ name: 'a', workload: { run: 'true', user: 'a;b' } }, /workload\.user: .*name of a user/],
  ];
  const file = join(bench.folder, 'refused.yaml');
  for (const [scenario, message] of cases) {
    writeFileSync(file, JSON.stringify(scenario));
    const { exitCode, stderr } = await bench.plugpull(['run', file, '--out', join(bench.folder, 'out')]);
    t.equal(exitCode, 64);
    t.match(stderr, message);
  }
});

/** Folders for sockets of servers that run now, or were left. */
function attendingOf(bench: Bench): () => string[] {
  // Other tests have servers at the same time.
  const folder = join(bench.folder, 'tmp');
  mkdirSync(folder);
  bench.extraEnv = { TMPDIR: folder };
  return () => readdirSync(folder).filter((name) => name.startsWith('plugpull-server-'));
}
