/** The SQLite workload syncs as its mode says, and its checker tells a whole database from every kind of broken one. */
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { python, runWorkload, skipWithoutTools, workloads } from './workload-run.js';

const checker = join(workloads, 'apps', 'sqlite_check.py');
const workload = join(workloads, 'apps', 'sqlite_workload.py');

t.test('sqlite', { skip: skipWithoutTools }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-sqlite-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const acks = ['Committed 1', 'Committed 2', 'Committed 3'];

  const fresh = (...args: string[]): string => {
    const directory = mkdtempSync(join(folder, 'disk-'));
    spawnSync(python, [workload, ...args], { cwd: directory });
    return directory;
  };
  const sql = (directory: string, statements: string): void => {
    const script =
      'import sqlite3, sys; c = sqlite3.connect("app.db"); c.executescript(sys.argv[1]); c.close()';
    const { status, stderr } = spawnSync(python, ['-c', script, statements], {
      cwd: directory,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  };
  const state = (directory: string, acked: string[]): string =>
    JSON.stringify({
      directory,
      acks: acked,
      crash_point: { log_index: 12, reason: 'ack', acks: acked.length },
    });
  const check = (directory: string, acked: string[], ...flags: string[]) => {
    const file = join(folder, 'state.json');
    writeFileSync(file, state(directory, acked));
    const { status, stdout } = spawnSync(python, [checker, ...flags], {
      cwd: directory,
      env: { ...process.env, PLUGPULL_STATE: file },
      encoding: 'utf8',
    });
    return { status, reason: stdout.trimEnd() };
  };

  for (const [mode, level] of [
    ['DELETE', 'FULL'],
    ['DELETE', 'EXTRA'],
    ['WAL', 'FULL'],
    ['WAL', 'NORMAL'],
  ] as const) {
    t.test(`workload ${mode} ${level}: one ack a transaction, and what was synced before it`, (t) => {
      const run = runWorkload('apps/sqlite_workload.py', { args: [mode, level, '3'] });
      t.equal(run.exitCode, 0, run.stderr);
      t.same(run.lines, acks);
      t.same(Object.keys(run.files), ['app.db']);
      const calls = run.calls.filter((call) => !call.startsWith('write'));
      const lastTransaction = calls.slice(
        calls.indexOf('print Committed 2') + 1,
        calls.indexOf('print Committed 3'),
      );
      const journalled = ['fsync app.db-journal', 'fsync .', 'fsync app.db-journal', 'fsync app.db'];
      const expected: Record<string, string[]> = {
        'DELETE FULL': [...journalled, 'unlink app.db-journal'],
        'DELETE EXTRA': [...journalled, 'unlink app.db-journal', 'fsync .'],
        'WAL FULL': ['fsync app.db-wal'],
        'WAL NORMAL': [],
      };
      t.same(lastTransaction, expected[`${mode} ${level}`]);
      t.end();
    });
  }

  t.test('workload refuses a mode that SQLite does not know', (t) => {
    const run = runWorkload('apps/sqlite_workload.py', { args: ['NONSENSE'] });
    t.equal(run.exitCode, 1);
    t.match(run.stderr, /does not take journal mode NONSENSE/);
    t.end();
  });

  t.test('checker: promises kept', (t) => {
    for (const mode of [
      ['DELETE', 'FULL'],
      ['WAL', 'NORMAL'],
    ]) {
      const directory = fresh(...mode, '3');
      t.same(check(directory, acks, '--durable'), { status: 0, reason: '' });
      t.same(
        check(directory, ['1', '2', '3'], '--durable'),
        { status: 0, reason: '' },
        'bare numbers are acks too',
      );
      t.same(
        check(directory, acks.slice(0, 1), '--durable'),
        { status: 0, reason: '' },
        'more than acked is fine',
      );
    }
    t.same(check(mkdtempSync(join(folder, 'empty-')), [], '--durable'), { status: 0, reason: '' });
    t.end();
  });

  t.test('checker: acknowledged rows gone', (t) => {
    const directory = fresh('DELETE', 'FULL', '3');
    sql(directory, 'DELETE FROM entries WHERE id = 3');
    t.match(check(directory, acks, '--durable'), {
      status: 1,
      reason: /^row 3 was acknowledged and is gone/,
    });
    t.same(check(directory, acks), { status: 0, reason: '' }, 'allowed unless durability is promised');
    const empty = mkdtempSync(join(folder, 'empty-'));
    t.match(check(empty, acks, '--durable'), { status: 1, reason: /^app\.db is gone/ });
    t.same(readdirSync(empty), [], 'looking does not create a database');
    writeFileSync(join(empty, 'app.db'), '');
    t.match(check(empty, acks, '--durable'), { status: 1, reason: /^row 1 was acknowledged and is gone/ });
    t.end();
  });

  t.test('checker: a gap or a wrong row is a violation whatever is promised', (t) => {
    const gap = fresh('DELETE', 'FULL', '3');
    sql(gap, 'DELETE FROM entries WHERE id = 2');
    t.same(check(gap, []), { status: 1, reason: 'row 2 is missing, row 3 is there' });
    const wrong = fresh('DELETE', 'FULL', '3');
    sql(wrong, "UPDATE entries SET payload = 'zeros' WHERE id = 1");
    t.same(check(wrong, []), { status: 1, reason: "row 1 holds 'zeros'" });
    t.end();
  });

  t.test('checker: a damaged file is a violation', (t) => {
    const short = fresh('DELETE', 'FULL', '60');
    truncateSync(join(short, 'app.db'), 8192);
    t.match(check(short, []), { status: 1, reason: /integrity_check|cannot read/ });
    const garbage = mkdtempSync(join(folder, 'garbage-'));
    writeFileSync(join(garbage, 'app.db'), 'not a database, '.repeat(512));
    t.match(check(garbage, []), { status: 1, reason: /^SQLite cannot read app\.db: / });
    t.end();
  });

  t.test('checker: a hot journal is rolled back', (t) => {
    const sixty = ['Committed 60'];
    // A copy taken inside a transaction whose pages have spilled into the database is what a power cut leaves.
    const live = fresh('DELETE', 'FULL', '60');
    const crashed = mkdtempSync(join(folder, 'crashed-'));
    const script = [
      'import shutil, sqlite3, sys',
      'c = sqlite3.connect("app.db", isolation_level=None)',
      'c.execute("PRAGMA cache_size=1")',
      'c.execute("BEGIN")',
      'c.execute("UPDATE entries SET payload = \'unfinished\'")',
      'c.executemany("INSERT INTO entries VALUES (?, ?)", ((n, "x" * 900) for n in range(61, 400)))',
      'shutil.copy("app.db", sys.argv[1]); shutil.copy("app.db-journal", sys.argv[1])',
      'c.execute("ROLLBACK")',
    ].join('\n');
    t.equal(spawnSync(python, ['-c', script, crashed], { cwd: live }).status, 0);
    const withoutJournal = mkdtempSync(join(folder, 'crashed-'));
    copyFileSync(join(crashed, 'app.db'), join(withoutJournal, 'app.db'));
    t.equal(
      check(withoutJournal, sixty, '--durable').status,
      1,
      'the control: without the journal it is broken',
    );
    t.same(check(crashed, sixty, '--durable'), { status: 0, reason: '' });
    t.end();
  });

  t.test('checker: cannot tell', (t) => {
    const file = join(folder, 'bad-state.json');
    const run = (text: string | undefined) => {
      if (text !== undefined) writeFileSync(file, text);
      const env = { ...process.env, PLUGPULL_STATE: text === undefined ? '/nonexistent' : file };
      return spawnSync(python, [checker], { cwd: folder, env, encoding: 'utf8' });
    };
    for (const text of [undefined, '', '{', '[]', '{"directory": "/tmp"}']) {
      const { status, stdout } = run(text);
      t.equal(status, 2, `state ${text}`);
      t.not(stdout, '', 'says why');
    }
    t.end();
  });

  t.test('checker: a lock somebody holds is no verdict', async (t) => {
    const directory = fresh('DELETE', 'FULL', '1');
    const script =
      'import sqlite3, sys; c = sqlite3.connect("app.db", isolation_level=None); c.execute("BEGIN EXCLUSIVE"); print("held", flush=True); sys.stdin.read()';
    const holder = spawn(python, ['-c', script], { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    t.match(check(directory, ['Committed 1']), { status: 2, reason: /locked/ });
    holder.stdin.end();
    await new Promise((resolve) => holder.once('close', resolve));
  });

  t.test('checker: persistent, one line each way, and nothing held in between', async (t) => {
    const whole = fresh('WAL', 'FULL', '3');
    const short = fresh('DELETE', 'FULL', '3');
    sql(short, 'DELETE FROM entries WHERE id = 3');
    const process_ = spawn(python, [checker, '--durable', '--persistent'], {
      cwd: whole,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
    const ask = async (line: string) => {
      process_.stdin.write(`${line}\n`);
      return JSON.parse((await answers.next()).value);
    };
    const held = () => {
      const open = readdirSync(`/proc/${process_.pid}/fd`).map((fd) => {
        try {
          return readlinkSync(`/proc/${process_.pid}/fd/${fd}`);
        } catch {
          return '';
        }
      });
      return [...open, readlinkSync(`/proc/${process_.pid}/cwd`)].filter((path) => path.startsWith(folder));
    };
    t.same(await ask(state(whole, acks)), { outcome: 'pass', reason: '' });
    t.same(held(), []);
    t.match(await ask(state(short, acks)), {
      outcome: 'violation',
      reason: /^row 3 was acknowledged and is gone/,
    });
    t.same(held(), []);
    t.match(await ask('not JSON'), { outcome: 'unknown', reason: /JSONDecodeError/ });
    t.same(await ask(state(whole, acks)), { outcome: 'pass', reason: '' }, 'and on it goes');
    process_.stdin.end();
    t.equal(await new Promise((resolve) => process_.once('close', resolve)), 0);
  });

  t.end();
});
