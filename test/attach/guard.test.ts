/** What stands between plugpull and programs that are not its own. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { guarded } from '../../harness/attach/guard.js';
import { requires } from '../require.js';

/** Processes of its own: should it not be kept from it, it kills nobody else's. */
const alone = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

function run(command: string, options: { thrownAway?: boolean; prefix?: string[] } = {}) {
  const { prefix = [], ...guard } = options;
  const [program, ...words] = [...prefix, ...guarded(guard), '/bin/sh', '-c', command];
  // A group of its own; Node's types know nothing of it here.
  const ofItsOwn = { encoding: 'utf8' as const, detached: true };
  const { status, signal, stdout, stderr } = spawnSync(program!, words, ofItsOwn);
  return { status, signal, stdout, stderr };
}

t.test('a program ends as it would without a guard', async (t) => {
  if (!requires(t, { commands: ['perl'] })) return;
  t.match(run('exit 3'), { status: 3, signal: null, stderr: '' });
  t.match(run('kill -SEGV $$'), { status: null, signal: 'SIGSEGV' });
  t.match(run('kill -TERM $$'), { status: null, signal: 'SIGTERM' });
  t.equal(run('echo out; echo err >&2').stdout, 'out\n');
  t.equal(run('env').stdout.includes('PERL_BADLANG'), false, 'no trace in its environment');
  const [program, ...words] = [...guarded(), '/no/such/program'];
  t.match(spawnSync(program!, words, { encoding: 'utf8' }), {
    status: 127,
    stderr: /failed to execute \/no\/such\/program: No such file/,
  });
});

t.test('signals to its parent go nowhere', async (t) => {
  if (!requires(t, { commands: ['perl'] })) return;
  t.match(run('kill $PPID; kill -HUP $PPID; kill -INT $PPID; exit 4'), { status: 4, signal: null });
  t.match(run('trap "" TERM; kill 0; exit 5'), { status: 5, signal: null });
  t.match(run('trap "exit 6" TERM; kill $$'), { status: 6, signal: null }, 'its own it hears');
});

t.test('as root nobody kills everybody', async (t) => {
  if (!requires(t, { root: true, commands: ['perl', 'unshare', 'sleep'] })) return;
  const all = 'sleep 100 & kill -9 -1; kill -0 $! && kill $! && echo there';
  t.match(run(all, { prefix: alone }), { status: 0, stdout: 'there\n', stderr: /not permitted/ });
});

t.test('what is thrown away is not synced, and all else is', async (t) => {
  if (!requires(t, { root: true, commands: ['perl', 'python3'] })) return;
  // A sync that is done finds out that there is no such descriptor.
  const count = `import os
done = 0
for sync in (os.fsync, os.fdatasync):
    try: sync(999)
    except OSError: done += 1
print(done)`;
  t.equal(run(`python3 -c '${count}'`, { thrownAway: true }).stdout, '0\n');
  t.equal(run(`python3 -c '${count}'`).stdout, '2\n');
});
