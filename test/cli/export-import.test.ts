import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openBlockLog } from '../../harness/trace/block-log/reader.js';
import type { Results } from '../../harness/verdict/results.js';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { flushed, marked, replayed, written } from '../interchange/foreign-log.js';
import { requires } from '../require.js';
import { parseReferenceLog, type ReferenceEntry, referenceLog } from '../trace/block-log/reference-log.js';

const bench = new Bench();
t.teardown(() => bench.close());

const exported = join(bench.folder, 'exported');
const base = join(exported, 'base.img');
const log = join(exported, 'disk.log');

async function checkImported(
  name: string,
  args: string[],
  options: { base?: string; log?: string } = {},
): Promise<{ exitCode: number | undefined; run: Results['runs'][number] }> {
  const to = join(bench.folder, name);
  const files = ['--base', options.base ?? base, '--log', options.log ?? log, '--to', to];
  const imported = await bench.plugpull(['import', '--fs', 'ext4', ...files, ...args]);
  if (imported.exitCode !== 0) throw new Error(imported.stderr);
  const { exitCode, stdout } = await bench.plugpull([
    'check',
    to,
    '--json',
    '--out',
    join(bench.folder, 'out'),
  ]);
  return { exitCode, run: (JSON.parse(stdout) as Results).runs[0]! };
}

/** What was recorded, once more as a kernel would put it on a disk with logical blocks of 4096 bytes. */
function inLargeSectors(entries: readonly ReferenceEntry[]): ReferenceEntry[] {
  const result: ReferenceEntry[] = [];
  let preflush = false;
  for (const entry of entries) {
    if (entry.flags === 1n && entry.sectorCount === 0n && !preflush) {
      preflush = true;
      continue;
    }
    const carriesFlush = preflush && entry.sectorCount > 0n && entry.flags === 0n;
    if (preflush && !carriesFlush) result.push(flushed);
    preflush = false;
    result.push({
      ...entry,
      sector: entry.sector / 8n,
      sectorCount: entry.sectorCount / 8n,
      flags: carriesFlush ? 1n : entry.flags,
    });
  }
  if (preflush) result.push(flushed);
  return result;
}

t.test('record, export, import, check', async (t) => {
  if (!requires(t, hostNeed)) return;
  const trace = join(bench.folder, 'trace');
  const scenario = join(checkout, 'scenarios/seeds/directory-sync.yaml');
  t.equal((await bench.plugpull(['record', scenario, '--out', trace])).exitCode, 0);
  t.equal((await bench.plugpull(['export', trace, '--to', exported])).exitCode, 0);
  const index = openBlockLog(log);
  const entries = parseReferenceLog(readFileSync(log), index.entries.length);
  const marks = index.entries.flatMap(({ mark }) => mark ?? []);
  index.close();

  await t.test('every crash state mounts', async (t) => {
    const { exitCode, run } = await checkImported('imported', ['--fsck', 'after']);
    t.equal(exitCode, 0);
    t.match(run, { verdict: 'pass', findings: [], coverage: [{ exhaustive: true }] });
    t.match(run.notes.join('\n'), /judged is only whether every crash state mounts/);
    t.match(run.notes.join('\n'), /the contract was not judged: its system calls were not traced/);
    t.ok(run.coverage[0]!.crash_points > 4);
  });

  await t.test('a checker is told the marks as acks', async (t) => {
    t.ok(marks.length > 0);
    // It has to accept the undamaged end, when all were given, and to answer by the acks alone: states are compared by
    // their files and acks, and who answers by anything else is found out by the audit.
    const before = marks.length - 1;
    const checker = `if [ "$PLUGPULL_ACKS" -eq ${before} ]; then echo "last: $PLUGPULL_LAST_ACK"; exit 1; fi`;
    const { run } = await checkImported('checked', ['--checker', checker]);
    const lost = [`last: ${marks[before - 1] ?? ''}`];
    t.match(run, { verdict: 'violation', findings: [{ kind: 'checker', lost }] }, run.notes.join('\n'));
  });

  await t.test('as a log in sectors of 4096 bytes, flushes on writes', async (t) => {
    const large = inLargeSectors(entries);
    t.ok(
      large.some(({ flags, sectorCount }) => flags === 1n && sectorCount > 0n),
      'there is a write with a flush flag',
    );
    const path = join(bench.folder, 'large.log');
    writeFileSync(path, referenceLog(large, { sectorBytes: 4096 }));
    const { exitCode, run } = await checkImported('large', [], { log: path });
    t.equal(exitCode, 0);
    t.match(run, { verdict: 'pass', coverage: [{ exhaustive: true, audit: { mismatched: 0 } }] });
    t.notMatch(run.storage, /512 byte sectors/);
  });

  await t.test('damage that somebody made durable is found', async (t) => {
    const wiped = [...entries, written(0, Buffer.alloc(4096), 512, 2), marked('wiped')];
    const path = join(bench.folder, 'wiped.log');
    writeFileSync(path, referenceLog(wiped));
    const { exitCode, run } = await checkImported('wiped', [], { log: path });
    t.equal(exitCode, 1);
    t.match(run.findings, [{ kind: 'corruption', lost: [/ext4 does not mount: E/] }]);
  });

  await t.test('a log that begins before mkfs', async (t) => {
    const image = readFileSync(base);
    const blocks: ReferenceEntry[] = [];
    for (let at = 0; at < image.length; at += 65536) {
      const part = image.subarray(at, at + 65536);
      if (part.some((byte) => byte !== 0)) blocks.push(written(at / 512, part));
    }
    const zeros = join(bench.folder, 'zeros.img');
    const path = join(bench.folder, 'whole.log');
    writeFileSync(zeros, Buffer.alloc(image.length));
    writeFileSync(path, referenceLog([...blocks, marked('mkfs'), ...entries]));
    t.ok(replayed(Buffer.alloc(image.length), blocks).equals(image));
    const { exitCode, run } = await checkImported('whole', ['--from-mark', 'mkfs'], {
      base: zeros,
      log: path,
    });
    t.equal(exitCode, 0);
    t.match(run, { verdict: 'pass', coverage: [{ exhaustive: true }] });
  });

  await t.test('promises about files stay refused at check', async (t) => {
    const { exitCode, stderr } = await bench.plugpull([
      'check',
      join(bench.folder, 'imported'),
      '--promise',
      'snapshot',
    ]);
    t.equal(exitCode, 64);
    t.match(stderr, /imported: this trace holds no snapshots.*--checker.*--promise none/);
  });

  t.same(bench.leftovers(), []);
});
