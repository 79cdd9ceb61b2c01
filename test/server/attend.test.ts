/** The program that attends a server and a check, started for many directories. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { shellQuote } from '../../harness/scenario/shell-quote.js';
import {
  type Attendance,
  type AttendedEnd,
  type AttendedServer,
  type AttendedState,
  shell,
} from '../../harness/server/attendance.js';
import { checkerOfMany } from '../../harness/server/programs.js';
import { ownMounts } from '../../harness/state/own-mounts.js';
import { runMark } from '../../harness/state/run-space.js';
import { requires } from '../require.js';

const program = fileURLToPath(new URL('../../harness/server/attend-process.js', import.meta.url));

/** Asks one program about directories, one after the other. */
async function attended(
  attendance: Attendance,
  states: readonly AttendedState[],
  mounts: readonly string[] = [],
): Promise<AttendedEnd[]> {
  const [command, ...words] = [...mounts, process.execPath, program, JSON.stringify(attendance), '--stay'];
  const env = { ...process.env, [runMark]: `${process.pid}-0a0a0a0a` };
  const child = spawn(command!, words, { env });
  const ends: AttendedEnd[] = [];
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  for (const state of states) {
    child.stdin.write(`${JSON.stringify(state)}\n`);
    ends.push(JSON.parse((await lines.next()).value as string) as AttendedEnd);
  }
  child.stdin.end();
  await new Promise((resolve) => child.once('exit', resolve));
  return ends;
}

/** A server that says so when it runs, and whose log has the name of its directory. */
const server = (run: string): AttendedServer => ({
  program: shell(run),
  ready: { log: '^up$' },
  stop: 'SIGTERM',
  timeout: 100_000,
});
const check = (run: string) => ({ check: { ...shell(run), timeout: 100_000 } });

t.test('it attends one directory after the other, each as if it were the first', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'plugpull-attend-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  const states = ['a', 'b', 'c'].map((name) => ({ directory: join(home, name), env: { NAMED: name } }));
  for (const { directory } of states.slice(0, 2)) mkdirSync(directory);
  writeFileSync(join(home, 'b', 'broken'), '');
  const run =
    'echo $$ >pid; if [ -e broken ]; then echo no luck >&2; exit 7; fi; setsid sleep 60 & echo $! >>pid; echo up; wait';
  const ends = await attended(
    { servers: [server(run)], task: check('echo "$NAMED in $(pwd)"; echo by $PPID >&2; exit 1') },
    [...states, states[0]!],
  );
  const [first, broken, missing, again] = ends;
  t.match(first, { exit_code: 1, stdout: `a in ${join(home, 'a')}\n`, stderr: /^by \d+\n$/ });
  t.match(broken, { exit_code: 241, stdout: /ended with exit code 7/, stderr: 'server: no luck\n' });
  t.match(missing, { exit_code: 2, stderr: /ENOENT/ }, 'a directory that is not there is no verdict');
  t.match(again, { exit_code: 1, stdout: first!.stdout, stderr: first!.stderr }, 'by the same program');
  for (const pid of readFileSync(join(home, 'a', 'pid'), 'utf8')
    .trim()
    .split('\n'))
    t.throws(
      () => process.kill(Number(pid), 0),
      'nothing of a server is left, in a session of its own or not',
    );
});

t.test('shared memory that a killed server left goes with it', async (t) => {
  if (!requires(t, { root: true })) return;
  const [end] = await attended({ servers: [], task: check('readlink /proc/self/ns/ipc; exit 1') }, [
    { directory: tmpdir(), env: {} },
  ]);
  t.not(end?.stdout.trim(), readlinkSync('/proc/self/ns/ipc'));
  t.match(end?.stdout, /^ipc:/);
});

t.test(
  'POSIX shared memory that a killed server left is seen by nobody, not by the next one either',
  async (t) => {
    if (!requires(t, { root: true, commands: ['unshare'] })) return;
    const name = `plugpull-test-${process.pid}`;
    t.teardown(() => rmSync(`/dev/shm/${name}`, { force: true }));
    const check = { check: { ...shell(`cat /dev/shm/${name}; exit 1`), timeout: 100_000 } };
    const state = { directory: tmpdir(), env: {} };
    const leaves = server(
      `[ ! -e /dev/shm/${name} ] || exit 9; echo 1 > /dev/shm/${name}; echo up; exec sleep 60`,
    );
    const ends = await attended({ servers: [leaves], task: check }, [state, state], ownMounts());
    t.match(ends, [
      { exit_code: 1, stdout: '1\n' },
      { exit_code: 1, stdout: '1\n' },
    ]);
    t.notOk(existsSync(`/dev/shm/${name}`));
  },
);

t.test('what one server left at its port and its socket is not in the way of the next', async (t) => {
  if (!requires(t, { root: true, commands: ['python3'] })) return;
  const home = mkdtempSync(join(tmpdir(), 'plugpull-attend-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  // Without SO_REUSEADDR a port whose connection was closed by the server is taken for a minute (TIME_WAIT).
  const listener = `
import os, socket
local = socket.socket(socket.AF_UNIX); local.bind(os.environ["PLUGPULL_SOCKET"])
server = socket.socket(); server.bind(("127.0.0.1", int(os.environ["PLUGPULL_PORT"]))); server.listen()
print("up", flush=True)
while True: server.accept()[0].close()
`;
  const asked = `
import os, socket, time
client = socket.create_connection(("127.0.0.1", int(os.environ["PLUGPULL_PORT"])))
assert client.recv(1) == b""
client.close()
time.sleep(0.1)
`;
  writeFileSync(join(home, 'server.py'), listener);
  writeFileSync(join(home, 'client.py'), asked);
  const state = { directory: home, env: {} };
  const ends = await attended(
    { servers: [server('exec python3 server.py')], task: check('exec python3 client.py') },
    [state, state, state],
  );
  t.match(ends, [{ exit_code: 0 }, { exit_code: 0 }, { exit_code: 0 }], JSON.stringify(ends));
});

t.test('syncs are left out where what is synced is thrown away, and nowhere else', async (t) => {
  if (!requires(t, { root: true, commands: ['python3'] })) return;
  // A pipe cannot be synced (EINVAL), if somebody tries.
  const sync = 'import os, time; os.fsync(os.pipe()[0]); print("up", flush=True); time.sleep(60)';
  const state = { directory: tmpdir(), env: {} };
  const asked = { servers: [server(`exec python3 -c '${sync}'`)], task: check('exit 0') };
  t.match(await attended({ ...asked, thrownAway: true }, [state]), [{ exit_code: 0 }]);
  t.match(await attended(asked, [state]), [{ exit_code: 241, stderr: /Invalid argument/ }]);
});

/**
 * Commands to stand in front: to whoever runs behind them the machine looks as busy as is said, whatever it is.
 *
 * @param running how many programs want a processor
 */
function asBusyAs(t: Test, running: number): string[] {
  const folder = t.testdir({ loadavg: `0.00 0.00 0.00 ${running}/9999 1\n` });
  const mounts = `mount --bind ${shellQuote(join(folder, 'loadavg'))} /proc/loadavg`;
  return ['unshare', '--mount', '/bin/sh', '-c', `${mounts} && exec "$@"`, 'sh'];
}

t.test('what hangs is ended when its limit is over; on a busy machine who is only late is not', async (t) => {
  if (!requires(t, { root: true, commands: ['unshare'] })) return;
  const state = { directory: tmpdir(), env: {} };
  const ready = (after: string, timeout: number) => ({
    ...server(`${after}; echo up; exec sleep 600`),
    timeout,
  });
  const asked = (run: string, timeout: number) => ({ check: { ...shell(`${run}; exit 1`), timeout } });
  const cases = [
    {
      what: 'a server',
      that: (waits: string, limit = 1000) => ({ servers: [ready(waits, limit)], task: check('exit 1') }),
      end: { exit_code: 242, stdout: /not ready within 1 s/ },
    },
    {
      what: 'a checker',
      that: (waits: string, limit = 1000) => ({
        servers: [ready(':', 100_000)],
        task: asked(waits, limit),
      }),
      end: { exit_code: 2, stderr: /did not end within 1 s; the server was ready: .*sleep in \w/ },
    },
  ];
  for (const { what, that, end } of cases) {
    const ofIdle = await attended(that('sleep 600'), [state], asBusyAs(t, 1));
    t.match(ofIdle, [end], `${what} that is late on an idle machine`);
    const ofBusy = await attended(that('sleep 3'), [state], asBusyAs(t, 9000));
    t.match(ofBusy, [{ exit_code: 1 }], `${what} that is late on a busy one`);
  }
  const hangs = [
    {
      ...cases[0]!,
      end: { exit_code: 242, stdout: /not ready within 0.1 s/ },
    },
    {
      ...cases[1]!,
      end: { exit_code: 2, stderr: /did not end within 0.1 s/ },
    },
  ];
  for (const { what, that, end } of hangs)
    t.match(
      await attended(that('sleep 600', 100), [state], asBusyAs(t, 9000)),
      [end],
      `${what} that hangs on a busy one`,
    );
});

t.test('a recovery that is crashed again syncs', (t) => {
  const asked = {
    workload: { run: 'true' },
    checker: { run: 'true' },
    server: { run: 'x', ready: { log: 'x' } },
  };
  const attendance = (nested: boolean): string =>
    checkerOfMany(scenario.parse({ ...asked, name: 'x', explore: { nested } }))!.run;
  t.match(attendance(false), '"thrownAway":true');
  t.match(attendance(true), '"thrownAway":false');
  t.end();
});
