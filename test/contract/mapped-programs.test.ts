/** Real databases that map their files: what they store is seen, and judged by whether it is synced before it is acked. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type ContractResult, runContract } from '../../harness/contract/engine.js';
import { type ScenarioInput, scenario } from '../../harness/scenario/schema/scenario.js';
import { requires } from '../require.js';

/** Debian's own: its modules are its packages. */
const python = '/usr/bin/python3';

const lmdb = `import lmdb, sys
options = dict.fromkeys(sys.argv[2:], True)
environment = lmdb.open(".", map_size=1 << 20, **options)
for turn in range(int(sys.argv[1])):
    with environment.begin(write=True) as transaction:
        transaction.put(b"key %d" % turn, b"value" * 20)
    print("saved", turn, flush=True)
`;

const gdbm = `import dbm.gnu, sys
database = dbm.gnu.open("db", "c")
for turn in range(int(sys.argv[1])):
    database[b"key %d" % turn] = b"value" * 20
    if "sync" in sys.argv: database.sync()
    print("saved", turn, flush=True)
database.close()
`;

const sqlite = `import sqlite3, sys
database = sqlite3.connect("db")
database.execute("pragma journal_mode=wal")
database.execute("pragma synchronous=" + sys.argv[2])
database.execute("create table if not exists t(x)")
for turn in range(int(sys.argv[1])):
    database.execute("insert into t values(?)", (turn,))
    database.commit()
    print("saved", turn, flush=True)
`;

t.test('LMDB, gdbm and the write-ahead log of SQLite', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  if (spawnSync(python, ['-c', 'import lmdb, dbm.gnu']).status !== 0) {
    const lack = 'needs the Debian packages python3-lmdb and python3-gdbm';
    if (process.env.PLUGPULL_REQUIRE === 'all') t.fail(lack);
    else t.plan(0, lack);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-databases-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const judged = (
    program: string,
    words: string,
    promise: ScenarioInput['promise'],
  ): Promise<ContractResult> => {
    const file = join(folder, 'program.py');
    writeFileSync(file, program);
    const input = {
      name: 'database',
      // The names are there before the run: that they are durable is another question.
      workload: { setup: `${python} ${file} 0 ${words}`, run: `${python} ${file} 2 ${words}` },
      storage: [{ fs: 'ext4' }],
      ack: { stdout: '^saved' },
      promise,
    };
    return runContract({ scenario: scenario.parse(input), workDir: folder, env: process.env });
  };
  const passes = (result: ContractResult, name: string): void => {
    t.equal(result.outcome, 'pass', `${name}: ${result.notes.join('; ')}`);
    t.strictSame(result.findings, [], name);
  };
  const loses = ({ outcome, findings }: ContractResult, file: string, name: string): void => {
    t.equal(outcome, 'violation', name);
    t.ok(
      findings.every(({ paths, kind }) => paths?.includes(file) && kind === 'durability'),
      `${name}: ${findings.map(({ property }) => property).join('; ')}`,
    );
  };
  const locked = { snapshot: true, ignore: ['lock.mdb'] };
  passes(await judged(lmdb, '', locked), 'LMDB');
  passes(await judged(lmdb, 'writemap', locked), 'LMDB that stores through its map');
  loses(await judged(lmdb, 'writemap map_async', locked), 'data.mdb', 'LMDB with MS_ASYNC');
  passes(await judged(gdbm, 'sync', { snapshot: true }), 'gdbm with sync');
  loses(await judged(gdbm, '', { snapshot: true }), 'db', 'gdbm without');
  const shared = { snapshot: true, ignore: ['*-shm'] };
  passes(await judged(sqlite, 'full', shared), 'SQLite');
  loses(await judged(sqlite, 'normal', shared), 'db-wal', 'SQLite that does not sync its log');
});
