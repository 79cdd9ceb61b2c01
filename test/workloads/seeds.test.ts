/** Every seed workload makes exactly the system calls its doc comment claims, and acks only after them. */
import t from 'tap';
import { runWorkload, skipWithoutTools } from './workload-run.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

t.test('seeds', { skip: skipWithoutTools }, (t) => {
  t.test('basic_sync syncs the file and not the directory', (t) => {
    const run = runWorkload('seeds/basic_sync.py');
    t.equal(run.exitCode, 0);
    t.same(run.calls, ['write notes.txt', 'fsync notes.txt', 'print Synced notes.txt']);
    t.same(run.files, { 'notes.txt': 'first line\nsecond line\n' });
    t.end();
  });

  t.test('basic_sync truncates what was there, and takes a file name', (t) => {
    const run = runWorkload('seeds/basic_sync.py', {
      args: ['other.txt'],
      setup: 'yes | head -100 > other.txt',
    });
    t.same(run.lines, ['Synced other.txt']);
    t.same(run.files, { 'other.txt': 'first line\nsecond line\n' });
    t.end();
  });

  t.test('transaction_log syncs each line before its ack', (t) => {
    const run = runWorkload('seeds/transaction_log.py');
    t.equal(run.exitCode, 0);
    t.same(
      run.calls,
      numbers(5).flatMap((n) => ['write transactions.log', 'fsync transactions.log', `print Committed ${n}`]),
    );
    t.match(
      run.files['transactions.log'],
      /^transaction 1: .*\n(transaction [234]: .*\n){3}transaction 5: .*\n$/,
    );
    t.end();
  });

  t.test('transaction_log appends to what was there', (t) => {
    const run = runWorkload('seeds/transaction_log.py', {
      args: ['old.log', '1'],
      setup: 'echo transaction 0 > old.log',
    });
    t.match(run.files['old.log'], /^transaction 0\ntransaction 1: .*\n$/);
    t.end();
  });

  t.test('bulk_append syncs each batch before its ack, and ends none at the end of a block', (t) => {
    const run = runWorkload('seeds/bulk_append.py', { setup: ': > measurements.log' });
    t.equal(run.exitCode, 0);
    t.same(
      run.calls,
      numbers(3).flatMap((n) => [
        'write measurements.log',
        'fsync measurements.log',
        `print Appended batch ${n}`,
      ]),
    );
    t.equal(run.files['measurements.log']!.length, 150_000);
    t.ok(numbers(3).every((n) => (n * 50_000) % 4096 !== 0));
    t.end();
  });

  t.test('fsync_cost acks the synced lines only, and prints times and ratio', (t) => {
    const run = runWorkload('seeds/fsync_cost.py', { args: ['4'] });
    t.equal(run.exitCode, 0);
    t.same(run.calls.slice(0, -3), [
      'write unsynced.txt',
      ...numbers(4).flatMap((n) => ['write synced.txt', 'fsync synced.txt', `print Synced line ${n}`]),
    ]);
    t.match(run.lines.slice(-3), [
      /^4 lines without fsync: [\d.]+ ms$/,
      /^4 lines with fsync: +[\d.]+ ms$/,
      /^ratio: [\d.]+$/,
    ]);
    const text = 'line 1\nline 2\nline 3\nline 4\n';
    t.same(run.files, { 'synced.txt': text, 'unsynced.txt': text });
    t.end();
  });

  for (const path of ['notes.txt', './notes.txt']) {
    t.test(`directory_sync ${path} syncs the file, then its directory`, (t) => {
      const run = runWorkload('seeds/directory_sync.py', { args: [path] });
      t.equal(run.exitCode, 0);
      t.same(run.calls, ['write notes.txt', 'fsync notes.txt', 'fsync .', `print Synced ${path}`]);
      t.same(run.files, { 'notes.txt': 'first line\nsecond line\n' });
      t.end();
    });
  }

  t.test('atomic_replace syncs, renames, syncs the directory, ten times', (t) => {
    const run = runWorkload('seeds/atomic_replace.py');
    t.equal(run.exitCode, 0);
    t.same(
      run.calls,
      numbers(10).flatMap((n) => [
        'write config.json.tmp',
        'fsync config.json.tmp',
        'rename config.json.tmp -> config.json',
        'fsync .',
        `print Atomically replaced config.json version ${n}`,
      ]),
    );
    t.same(Object.keys(run.files), ['config.json']);
    t.match(run.files['config.json'], /^version 10\n[\s\S]*\nend of version 10\n$/);
    t.end();
  });

  t.test('atomic_replace: each version is longer than the one before', (t) => {
    const sizes = [1, 2, 9, 10].map(
      (n) => runWorkload('seeds/atomic_replace.py', { args: ['c', String(n)] }).files.c!.length,
    );
    t.same(
      sizes,
      [...sizes].sort((a, b) => a - b),
    );
    t.equal(new Set(sizes).size, sizes.length);
    t.ok(sizes[0]! < 1024 && sizes.at(-1)! > 4096, 'from less than one small block to more than a page');
    t.end();
  });

  t.test('portable_sync is fsync of file and directory on Linux', (t) => {
    const run = runWorkload('seeds/portable_sync.py');
    t.equal(run.exitCode, 0);
    t.same(run.calls, ['write settings.txt', 'fsync settings.txt', 'fsync .', 'print Synced settings.txt']);
    t.same(run.files, { 'settings.txt': 'colour = green\nvolume = 7\n' });
    t.end();
  });

  t.test('error_handling syncs file and directory of every file it saves', (t) => {
    const run = runWorkload('seeds/error_handling.py', { args: ['a', 'b'] });
    t.equal(run.exitCode, 0);
    t.same(run.calls, [
      ...['write a', 'fsync a', 'fsync .', 'print Saved a'],
      ...['write b', 'fsync b', 'fsync .', 'print Saved b'],
    ]);
    t.end();
  });

  for (const error of ['EIO', 'ENOSPC', 'EDQUOT', 'EROFS']) {
    t.test(`error_handling reports ${error}, does not try again, and acks nothing`, (t) => {
      const run = runWorkload('seeds/error_handling.py', { inject: `fsync:error=${error}` });
      t.equal(run.exitCode, 1);
      t.same(run.calls, ['write report.txt', `fsync report.txt = ${error}`]);
      t.match(run.stderr, /^Error: report\.txt was not saved: /);
      t.end();
    });
  }

  t.test('error_handling acks nothing when only the directory cannot be synced', (t) => {
    const run = runWorkload('seeds/error_handling.py', { inject: 'fsync:error=EIO:when=2' });
    t.equal(run.exitCode, 1);
    t.same(run.lines, []);
    t.end();
  });

  t.test('error_handling warns of what cannot be synced, and saves the rest', (t) => {
    const run = runWorkload('seeds/error_handling.py', { args: ['/dev/null', 'report.txt'] });
    t.equal(run.exitCode, 0);
    t.same(run.lines, ['Saved report.txt']);
    t.equal(run.stderr, 'Warning: /dev/null does not support fsync\n');
    t.end();
  });

  t.test('fd_sync overwrites in place: a longer tail stays', (t) => {
    const run = runWorkload('seeds/fd_sync.py', {
      setup: "printf '%s' 123456789012345678901234567890 > record.dat",
    });
    t.equal(run.exitCode, 0);
    t.same(run.calls, ['write record.dat', 'fsync record.dat', 'print Synced record.dat']);
    t.same(run.files, { 'record.dat': 'balance 4200\nchecked yes\n67890' });
    t.same(runWorkload('seeds/fd_sync.py').files, { 'record.dat': 'balance 4200\nchecked yes\n' });
    t.end();
  });

  t.test('file_object_sync syncs the file and not the directory', (t) => {
    const run = runWorkload('seeds/file_object_sync.py');
    t.equal(run.exitCode, 0);
    t.same(run.calls, ['write journal.txt', 'fsync journal.txt', 'print Synced journal.txt']);
    t.same(run.files, { 'journal.txt': 'Monday: rain\nTuesday: sun\n' });
    t.end();
  });

  t.end();
});
