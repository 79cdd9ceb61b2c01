/** Every broken workload does what its right twin does, less the one thing its file name names. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { python, runWorkload, skipWithoutTools, workloads } from './workload-run.js';

t.test('broken twins', { skip: skipWithoutTools }, (t) => {
  const withoutOneCall = [
    { broken: 'no_fsync', right: 'basic_sync', missing: 'fsync notes.txt' },
    { broken: 'append_without_fsync', right: 'transaction_log', missing: 'fsync transactions.log' },
    { broken: 'rename_without_fsync', right: 'atomic_replace', missing: 'fsync config.json.tmp' },
    { broken: 'directory_synced_instead_of_file', right: 'directory_sync', missing: 'fsync notes.txt' },
  ];
  for (const { broken, right, missing } of withoutOneCall) {
    t.test(`${broken} is ${right} without ${missing}`, (t) => {
      const faulty = runWorkload(`broken/${broken}.py`);
      const sound = runWorkload(`seeds/${right}.py`);
      t.equal(faulty.exitCode, 0);
      t.ok(sound.calls.includes(missing));
      t.same(
        faulty.calls,
        sound.calls.filter((call) => call !== missing),
      );
      t.same(faulty.files, sound.files);
      t.end();
    });
  }

  t.test('ack_before_fsync makes every call of directory_sync, the ack too early', (t) => {
    const run = runWorkload('broken/ack_before_fsync.py');
    t.equal(run.exitCode, 0);
    t.same(run.calls, ['write notes.txt', 'print Synced notes.txt', 'fsync notes.txt', 'fsync .']);
    t.same(run.files, runWorkload('seeds/directory_sync.py').files);
    t.end();
  });

  t.test('no_user_flush makes every call of directory_sync, the write too late', (t) => {
    const run = runWorkload('broken/no_user_flush.py');
    t.equal(run.exitCode, 0);
    t.same(run.calls, ['fsync notes.txt', 'fsync .', 'print Synced notes.txt', 'write notes.txt']);
    t.same(run.files, runWorkload('seeds/directory_sync.py').files);
    t.end();
  });

  t.test('rotate_without_directory_sync syncs the new log, and never the directory', (t) => {
    const run = runWorkload('broken/rotate_without_directory_sync.py', { setup: 'echo old > log' });
    t.equal(run.exitCode, 0);
    t.same(
      run.calls,
      [1, 2].flatMap((n) => [
        `rename log -> log.${n}`,
        'write log',
        'fsync log',
        `print Rotated to log.${n}`,
      ]),
    );
    t.equal(run.files['log.1'], 'old\n');
    t.end();
  });

  for (const broken of ['eio_swallowed', 'eio_retried']) {
    t.test(`${broken} is error_handling as long as nothing fails`, (t) => {
      const faulty = runWorkload(`broken/${broken}.py`);
      const sound = runWorkload('seeds/error_handling.py');
      t.equal(faulty.exitCode, 0);
      t.same(faulty.calls, sound.calls);
      t.same(faulty.files, sound.files);
      t.end();
    });
  }

  t.test('eio_swallowed acks though every fsync failed', (t) => {
    const run = runWorkload('broken/eio_swallowed.py', { inject: 'fsync:error=EIO' });
    t.equal(run.exitCode, 0);
    t.same(run.calls, [
      'write report.txt',
      'fsync report.txt = EIO',
      'fsync . = EIO',
      'print Saved report.txt',
    ]);
    t.end();
  });

  t.test('eio_retried acks once a later fsync succeeds', (t) => {
    const run = runWorkload('broken/eio_retried.py', { inject: 'fsync:error=EIO:when=1' });
    t.equal(run.exitCode, 0);
    t.same(run.calls, [
      'write report.txt',
      'fsync report.txt = EIO',
      'fsync report.txt',
      'fsync .',
      'print Saved report.txt',
    ]);
    t.end();
  });

  t.test('acked_notes tells what the acks of no_user_flush are worth', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'plugpull-checker-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const state = join(folder, 'state.json');
    const check = (acks: unknown, env: Record<string, string> = { PLUGPULL_STATE: state }) => {
      writeFileSync(state, JSON.stringify({ directory: folder, acks }));
      const checker = join(workloads, 'checkers', 'acked_notes.py');
      const { status, stdout } = spawnSync(python, [checker], {
        cwd: folder,
        env: { ...process.env, ...env },
        encoding: 'utf8',
      });
      return { status, reason: stdout.split('\n')[0] };
    };
    t.same(check([]), { status: 0, reason: '' });
    t.match(check(['Synced notes.txt']), {
      status: 1,
      reason: /^notes\.txt was acknowledged and cannot be read/,
    });
    writeFileSync(join(folder, 'notes.txt'), '');
    t.match(check(['Synced notes.txt']), { status: 1, reason: /23 bytes and holds b'' \(0 bytes\)$/ });
    writeFileSync(join(folder, 'notes.txt'), 'first line\nsecond line\n');
    t.same(check(['Synced notes.txt']), { status: 0, reason: '' });
    t.same(check(['notes.txt']), { status: 0, reason: '' }, 'the bare name is enough');
    t.match(check([], { PLUGPULL_STATE: '/nonexistent' }), { status: 2, reason: /^cannot read the state/ });
    t.end();
  });

  t.end();
});
