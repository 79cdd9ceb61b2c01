/**
 * What only a run tells that stands still before its calls, told in a guest as on the host: programs that store through
 * shared mappings and sync, right and broken, and one that works through io_uring where the kernel has it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Bench, checkout, hostNeed } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

const need = {
  ...hostNeed,
  commands: ['setpriv', 'python3', 'strace', 'apt-get', 'depmod', 'modprobe', 'gcc'],
};
const inUml = ['--place', 'vm', '--kernel', 'uml', '--no-calibrate', '--granularity', 'write'];

const stores = `import mmap, os, sys
f = os.open("f", os.O_RDWR)
m = mmap.mmap(f, 8192)
for turn in range(2):
    m[10 * turn:10 * turn + 5] = b"new%02d" % turn
    if sys.argv[1] == "msync": m.flush()
    if sys.argv[1] == "other page": m.flush(4096, 4096)
    os.write(1, b"saved %d\\n" % turn)
`;

const database = `import sqlite3, sys
database = sqlite3.connect("db")
database.execute("pragma journal_mode=wal")
database.execute("pragma synchronous=full")
database.execute("create table if not exists t(x)")
for turn in range(int(sys.argv[1])):
    database.execute("insert into t values(?)", (turn,))
    database.commit()
    print("saved", turn, flush=True)
`;

interface Case {
  name: string;
  setup: string;
  run: string;
  promise?: object;
  contract: 'pass' | 'violation' | 'unknown';
  notes?: RegExp;
}

const zeros = 'head -c 8192 /dev/zero > f';
const looked = /judged by a run that stood still before each sync call/;

t.test('stores through mappings, and io_uring', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const folder = join(bench.folder, 'scenarios');
  mkdirSync(folder);
  writeFileSync(join(folder, 'stores.py'), stores);
  writeFileSync(join(folder, 'database.py'), database);
  execFileSync('gcc', ['-o', join(folder, 'ring'), join(checkout, 'test/programs/ring.c')]);
  const shared = { snapshot: true, ignore: ['*-shm'] };
  const cases: Case[] = [
    {
      name: 'msync',
      setup: zeros,
      run: 'python3 $SCENARIO/stores.py msync',
      contract: 'pass',
      notes: looked,
    },
    {
      name: 'msync-elsewhere',
      setup: zeros,
      run: "python3 $SCENARIO/stores.py 'other page'",
      contract: 'violation',
      notes: looked,
    },
    {
      name: 'synced-log',
      setup: 'python3 $SCENARIO/database.py 0',
      run: 'python3 $SCENARIO/database.py 1',
      promise: shared,
      contract: 'pass',
    },
    {
      name: 'ring-refused',
      setup: 'echo first > log',
      run: '$SCENARIO/ring log',
      contract: 'unknown',
      notes: /the second run of the workload could not be used/,
    },
  ];
  for (const [
    number,
    { contract: _, notes: __, setup, run, promise = { snapshot: true }, name },
  ] of cases.entries()) {
    const scenario = {
      name,
      workload: { setup, run },
      ack: { stdout: '^saved' },
      promise,
      storage: [{ fs: 'ext4', size: '32MiB' }],
      explore: { budget: { recoveries: 20 } },
      recordings: 1,
    };
    writeFileSync(join(folder, `${number}.yaml`), JSON.stringify(scenario));
  }
  const { ended, results } = await bench.run([folder, ...inUml]);
  t.equal(results.runs.length, cases.length, ended.stderr.slice(-500));
  for (const [nth, { name, contract, notes = /./ }] of cases.entries()) {
    const found = results.runs[nth]!;
    t.equal(found.contract, contract, `${name}: ${found.notes.join('\n')}`);
    t.match(found.notes.join('\n'), notes, name);
  }
  const kept = join(results.runs[0]!.run, 'trace/again');
  t.ok(existsSync(join(kept, 'calls.strace')), 'the second run is kept for whoever judges again');
  const again = await bench.plugpull(['check', '--json', join(results.runs[0]!.run, 'trace')]);
  t.match(again.stdout, /"contract":\s*"pass"/, `judged again from its trace: ${again.stderr}`);
  t.strictSame(bench.leftovers(), []);
});
