/** A workload that strace could not start, for want of room or of a folder for its log. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runTraced } from '../../harness/contract/tracing/traced-run.js';
import { CannotTellError } from '../../harness/verdict/errors.js';
import { requires } from '../require.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-untraced-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const run = { command: 'true', directory: folder, env: process.env, timeoutMs: 60_000 };

t.test('a disk without room for the log is full', async (t) => {
  if (!requires(t, { root: true, commands: ['strace'] })) return;
  // The one inode is the root's.
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=1', 'none', folder]);
  t.teardown(() => execFileSync('umount', [folder]));
  await t.rejects(runTraced({ ...run, directory: tmpdir(), trace: { logFile: join(folder, 'log') } }), {
    message: /^ENOSPC: no space left on device/,
  });
});

t.test('whatever else keeps it from starting is said', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const ended = runTraced({ ...run, trace: { logFile: join(folder, 'none', 'log') } });
  await t.rejects(ended, CannotTellError);
  await t.rejects(ended, { message: /the workload did not start: .*No such file or directory/ });
});
