/** Ctrl-C between two steps of a run, or just when a program starts: nobody waits for its time limit. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runWorkload } from '../../harness/capture/workload.js';
import { runTraced } from '../../harness/contract/tracing/traced-run.js';
import { requires } from '../require.js';

t.test('a program is not started for a run that was ended already', async (t) => {
  const directory = t.testdir({});
  const options = {
    command: 'touch started',
    env: {},
    timeoutMs: 60_000,
    signal: AbortSignal.abort(new Error('ended')),
  };
  await t.rejects(runTraced({ ...options, directory, trace: null }), { message: 'ended' });
  await t.rejects(runWorkload({ ...options, folder: directory, id: 'ended-before', stdout: 1, stderr: 2 }), {
    message: 'ended',
  });
  t.notOk(existsSync(join(directory, 'started')));
});

t.test('a program that is just being started is ended, too', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const directory = t.testdir({});
  for (let ms = 0; ms < 30; ms += 2) {
    const signal = AbortSignal.timeout(ms);
    const options = { command: 'exec sleep 3600', env: process.env, timeoutMs: 3_600_000, signal, directory };
    const run = runTraced({ ...options, trace: { logFile: join(directory, 'log') } });
    // Its own limit is beyond the test's.
    await t.rejects(run, { name: 'TimeoutError' }, `ended ${ms} ms after its start`);
  }
});
