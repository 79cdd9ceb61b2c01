/** The lines that are printed for shipped programs and cases, pasted as they stand: each takes its finding away. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { type ContractResult, runContract } from '../../harness/contract/engine.js';
import { loadScenario } from '../../harness/scenario/load.js';
import type { Patch } from '../../harness/verdict/finding.js';
import { requires } from '../require.js';
import { paste } from './pasted-patches.js';

const checkout = join(import.meta.dirname, '../../..');

/** How many of the findings bear a line; the others are told in words. */
const shipped: Record<string, number> = {
  'scenarios/broken/ack-before-fsync.yaml': 2,
  'scenarios/broken/append-without-fsync.yaml': 1,
  'scenarios/broken/directory-synced-instead-of-file.yaml': 1,
  'scenarios/broken/eio-retried.yaml': 0,
  'scenarios/broken/eio-swallowed.yaml': 0,
  'scenarios/broken/no-fsync.yaml': 2,
  'scenarios/broken/no-user-flush.yaml': 0,
  'scenarios/broken/rename-without-fsync.yaml': 1,
  'scenarios/matrix/basic-sync.yaml': 1,
  'scenarios/matrix/transaction-log.yaml': 1,
  'scenarios/seeds/fd-sync.yaml': 1,
  // Who writes there is a library.
  'scenarios/apps/sqlite-wal-normal.yaml': 0,
  'test/cases/decided/late-bug.yaml': 1,
  'test/cases/decided/torn-rename.yaml': 1,
  'test/cases/decided/overwritten-after-ack.yaml': 1,
  'test/cases/decided/durable-not-kept.yaml': 1,
};

t.test('each shipped broken program is here', async (t) => {
  const broken = readdirSync(join(checkout, 'scenarios/broken')).map((name) => `scenarios/broken/${name}`);
  t.same(
    broken.filter((file) => !(file in shipped)),
    [],
  );
});

for (const [file, lines] of Object.entries(shipped)) {
  t.test(`${file}: ${lines} lines`, async (t) => {
    if (!requires(t, { commands: ['strace', 'python3'] })) return;
    const folder = mkdtempSync(join(tmpdir(), 'plugpull-shipped-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const programs = join(folder, 'programs');
    for (const each of [
      'workloads',
      dirname(file),
      ...(file.startsWith('test') ? ['test/cases/programs'] : []),
    ])
      cpSync(join(checkout, each), join(programs, each), { recursive: true });
    const judged = (work: string): Promise<ContractResult> => {
      const workDir = join(folder, work);
      mkdirSync(workDir);
      const { scenario } = loadScenario(join(programs, file));
      return runContract({
        scenario,
        workDir,
        env: {
          ...process.env,
          WORKLOADS: join(programs, 'workloads'),
          SCENARIO: dirname(join(programs, file)),
        },
      });
    };
    const { findings, outcome } = await judged('before');
    t.equal(outcome, 'violation');
    const patches = findings.flatMap(({ patch }) => (patch ? [patch] : []));
    t.equal(patches.length, lines, JSON.stringify(findings.map(({ fix }) => fix)));
    if (patches.length === 0) return;
    pasteIn(programs, patches);
    const mended = await judged('after');
    t.equal(mended.outcome, 'pass', JSON.stringify(patches));
    t.same(mended.findings, []);
  });
}

/** A finding names its file by what tells it apart, which of one file is its name. */
function pasteIn(folder: string, patches: readonly Patch[]): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const name of new Set(patches.map(({ after }) => basename(after.replace(/:\d+$/, ''))))) {
    const file = files.find((path) => basename(path) === name)!;
    const own = patches.filter(({ after }) => basename(after).startsWith(`${name}:`));
    const path = join(folder, file);
    writeFileSync(path, paste(readFileSync(path, 'utf8'), own));
  }
}
