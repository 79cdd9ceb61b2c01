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

/** The same words, by other ways than descriptor 1. */
const waysOut: Record<string, string> = {
  copy: 'out = os.dup(1)',
  name: 'out = os.open("/dev/stdout", os.O_WRONLY)',
  moved: 'out = os.dup(1); os.dup2(os.open("/dev/null", os.O_WRONLY), 1)',
};

t.test('acks through copies of standard output are looked at', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-copies-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const outcomes: Record<string, string[]> = {};
  for (const [way, open] of Object.entries(waysOut)) {
    outcomes[way] = [];
    for (const sync of ['m.flush()', 'pass']) {
      const file = join(folder, 'program.py');
      writeFileSync(
        file,
        `import mmap, os
${open}
f = os.open("f", os.O_RDWR)
m = mmap.mmap(f, 8192)
os.write(os.open("/dev/null", os.O_WRONLY), b"saved nothing\\n")
for turn in range(2):
    m[10 * turn:10 * turn + 5] = b"new%02d" % turn
    ${sync}
    os.write(out, b"saved %d\\n" % turn)
`,
      );
      const input = {
        name: 'copies',
        workload: { setup: 'head -c 8192 /dev/zero > f', run: `${python} ${file}` },
        storage: [{ fs: 'ext4' }],
        ack: { stdout: '^saved' },
        promise: { snapshot: true },
      };
      const { outcome, acks } = await runContract({
        scenario: scenario.parse(input),
        workDir: mkdtempSync(join(folder, 'run-')),
        env: process.env,
      });
      outcomes[way].push(`${outcome} ${acks.length}`);
    }
  }
  const expected = ['pass 2', 'violation 2'];
  t.strictSame(outcomes, { copy: expected, name: expected, moved: expected });
});

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
