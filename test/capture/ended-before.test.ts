/** Ctrl-C between two steps of a run: the next program is not started, and nobody waits for its time limit. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runWorkload } from '../../harness/capture/workload.js';
import { runTraced } from '../../harness/contract/traced-run.js';

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
