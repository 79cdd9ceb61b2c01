import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { openTrace } from '../../harness/trace/trace.js';
import { Bench } from '../e2e/plugpull.js';
import { logEntries } from '../trace/block-log/log-entries.js';
import { type ReferenceEntry, referenceLog } from '../trace/block-log/reference-log.js';
import { discarded, extLookalike, flushed, foreignPair, marked, replayed, written } from './foreign-log.js';

const bench = new Bench();
t.teardown(() => bench.close());

const sizeBytes = 1024 * 1024;
const image = extLookalike(sizeBytes);
const block = (fill: number, length = 4096): Buffer => Buffer.alloc(length, fill);
let number = 0;

async function importing(
  entries: ReferenceEntry[],
  args: string[] = [],
  options: Parameters<typeof referenceLog>[1] = {},
): Promise<Awaited<ReturnType<Bench['plugpull']>> & { to: string; base: string; log: string }> {
  const name = `log-${number++}`;
  const pair = foreignPair(bench.folder, name, image, entries, options);
  const to = join(bench.folder, `${name}-trace`);
  const files = ['--base', pair.base, '--log', pair.log, '--to', to];
  const ended = await bench.plugpull(['import', '--json', '--fs', 'ext4', ...files, ...args]);
  return { ...ended, ...pair, to };
}

t.test('marks become acks, in the order of the log', async (t) => {
  const entries = [
    marked('begun'),
    written(100, block(1)),
    flushed,
    marked('saved 1'),
    marked('dm-log-writes-end'),
  ];
  const { exitCode, stdout, to } = await importing(entries);
  t.equal(exitCode, 0);
  t.match(JSON.parse(stdout), {
    schema: 'plugpull.import/1',
    folder: to,
    entries: 5,
    acks: ['begun', 'saved 1'],
  });
  const trace = openTrace(to);
  t.teardown(() => trace.close());
  t.match(trace.acks, [
    { text: 'begun', block_index: 0, source: 'mark' },
    { text: 'saved 1', block_index: 3, source: 'mark' },
  ]);
  t.equal(trace.snapshots.length, 0);
  t.equal(trace.manifest.workload, null);
  t.same(trace.manifest.scenario.promise, {
    snapshot: false,
    files: [],
    atomic: [],
    gone: [],
    ignore: [],
  });
});

t.test('a log in sectors of 4096 bytes, with every kind of entry', async (t) => {
  const entries = [
    written(10, block(1), 4096),
    written(11, block(2), 4096, 1),
    written(12, block(3), 4096, 2),
    discarded(13, 2),
    written(14, block(4), 4096, 3 + 16),
    flushed,
  ];
  const { exitCode, to } = await importing(entries, [], { sectorBytes: 4096 });
  t.equal(exitCode, 0);
  const trace = openTrace(to);
  t.teardown(() => trace.close());
  t.equal(trace.manifest.scenario.storage[0]!.disk.atomic_unit, 4096, 'such a disk writes no less at once');
  t.same(
    trace.operations.map(({ index, kind, sector, sectorCount, fua }) => [
      index,
      kind,
      sector,
      sectorCount,
      fua,
    ]),
    [
      [0, 'write', 80, 8, false],
      [1, 'flush', 0, 0, false],
      [1, 'write', 88, 8, false],
      [2, 'write', 96, 8, true],
      [3, 'discard', 104, 16, false],
      [4, 'flush', 0, 0, false],
      [4, 'write', 112, 8, true],
      [5, 'flush', 0, 0, false],
    ],
    'a flush flag on a write is a flush before it',
  );
});

t.test('the disk can be said to be another', async (t) => {
  const disk = ['--disk', 'cache=through,atomic_unit=512', '--mount-options', 'noatime', '--name', 'mine'];
  const { to } = await importing([written(10, block(1), 4096)], disk, { sectorBytes: 4096 });
  const trace = openTrace(to);
  t.teardown(() => trace.close());
  const { scenario } = trace.manifest;
  t.match(scenario, {
    name: 'mine',
    storage: [{ mount: ['noatime'], disk: { cache: 'through', atomic_unit: 512 } }],
  });
  t.ok(trace.operations.every(({ fua }) => fua));
});

t.test('from a mark on, the rest is base image', async (t) => {
  const before = [written(100, block(1)), discarded(100, 4), written(2, block(9, 512))];
  const entries = [...before, marked('mkfs'), written(200, block(2)), marked('saved')];
  const { exitCode, to } = await importing(entries, ['--from-mark', 'mkfs']);
  t.equal(exitCode, 64, 'the magic number was overwritten');
  const kept = [...before.slice(0, 2), ...entries.slice(3)];
  const second = await importing(kept, ['--from-mark', 'mkfs']);
  t.equal(second.exitCode, 0);
  t.ok(readFileSync(join(second.to, 'base.img')).equals(replayed(image, kept.slice(0, 2))));
  const trace = openTrace(second.to);
  t.teardown(() => trace.close());
  t.match(trace.acks, [{ text: 'saved', block_index: 1 }]);
  t.equal(trace.operations.length, 1);
  t.notOk(existsSync(to), 'a refused import leaves nothing');
});

t.test('an unclean stop: what is there counts, what is torn does not', async (t) => {
  const entries = [written(100, block(1)), flushed, marked('saved'), written(108, block(2))];
  const stale = await importing(entries, [], { count: 2n });
  t.equal(JSON.parse(stale.stdout).entries, 4);
  t.match(stale.stderr, /counts 2 entries, 4 are there/);
  const believed = await importing(entries, ['--ignore-past-count'], { count: 2n });
  t.equal(JSON.parse(believed.stdout).entries, 2);
  const trace = openTrace(believed.to);
  t.teardown(() => trace.close());
  t.equal(trace.endIndex, 2, 'the trace does not find them again');
  t.same(trace.warnings, []);

  const pair = foreignPair(bench.folder, 'torn', image, entries);
  truncateSync(pair.log, referenceLog(entries).length - 100);
  const to = join(bench.folder, 'torn-trace');
  const args = ['import', '--fs', 'ext4', '--base', pair.base, '--log', pair.log, '--to', to];
  const torn = await bench.plugpull(args);
  t.equal(torn.exitCode, 0);
  t.match(torn.stderr, /torn/);
  t.match(torn.stdout, /3 log entries, one mark as an ack/);
});

t.test('whatever a log holds is in the trace', async (t) => {
  const generated = fc.constantFrom(512, 4096).chain((sectorBytes) =>
    fc.record({
      sectorBytes: fc.constant(sectorBytes),
      entries: logEntries(sectorBytes, sizeBytes / 4096),
    }),
  );
  const { importTrace } = await import('../../harness/interchange/import.js');
  const { scenario } = await import('../../harness/scenario/schema/scenario.js');
  const input = { name: 'any', workload: { run: ':' }, promise: {}, storage: [{ fs: 'ext4' as const }] };
  const loaded = { file: null, input, scenario: scenario.parse(input) };
  await fc.assert(
    fc.asyncProperty(generated, async ({ sectorBytes, entries }) => {
      const pair = foreignPair(bench.folder, 'any', image, entries, { sectorBytes });
      const to = join(bench.folder, 'any-trace');
      try {
        await importTrace({ ...pair, to, ignorePastCount: false, scenarioFor: () => loaded, workloads: '/' });
        t.ok(readFileSync(join(to, 'disk.log')).equals(readFileSync(pair.log)), 'byte for byte');
        t.ok(readFileSync(join(to, 'base.img')).equals(image));
      } finally {
        rmSync(to, { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
});

t.test('what cannot be understood is refused, with file and reason', async (t) => {
  const good = [written(100, block(1)), flushed, marked('saved'), written(108, block(2)), flushed];
  const file = (name: string, content: Buffer | string): string => {
    const path = join(bench.folder, name);
    writeFileSync(path, content);
    return path;
  };
  const folder = join(bench.folder, 'a-folder');
  mkdirSync(folder);
  const base = file('good.img', image);
  const log = file('good.log', referenceLog(good));
  const cases: { what: string; args: string[]; says: RegExp }[] = [
    { what: 'no log', args: ['--log', '/nowhere/log'], says: /\/nowhere\/log: .*ENOENT/ },
    { what: 'a folder as log', args: ['--log', folder], says: /a-folder: .*regular file/ },
    {
      what: 'an empty log',
      args: ['--log', file('e.log', '')],
      says: /e\.log: super block at byte 0: expected 28/,
    },
    {
      what: 'no log at all',
      args: ['--log', file('t.log', block(65, 9000))],
      says: /t\.log: .*dm-log-writes log/,
    },
    {
      what: 'another version',
      args: ['--log', file('v.log', referenceLog(good, { version: 2n }))],
      says: /v\.log: .*expected version 1, found version 2/,
    },
    {
      what: 'a truncated log',
      args: ['--log', file('c.log', referenceLog(good).subarray(0, 6000))],
      says: /c\.log: .*expected the 5 entries/,
    },
    {
      what: 'a log that lies about lengths',
      args: [
        '--log',
        file('l.log', referenceLog([{ ...written(0, block(1)), sectorCount: 2000n }, ...good])),
      ],
      says: /l\.log: entry 0 .*expected 1024000 bytes of payload/,
    },
    {
      what: 'an image that is too small',
      args: ['--base', file('small.img', image.subarray(0, 32 * 1024))],
      says: /good\.log: entry 0 .*inside the device of 32768 bytes.*--base .*small\.img/,
    },
    { what: 'no image', args: ['--base', '/nowhere/img'], says: /--base \/nowhere\/img: .*ENOENT/ },
    { what: 'a folder as image', args: ['--base', folder], says: /--base .*a-folder: expected a disk image/ },
    { what: 'an empty image', args: ['--base', file('e.img', '')], says: /e\.img: .*found 0 bytes/ },
    {
      what: 'an image of odd size',
      args: ['--base', file('o.img', block(0, 1000))],
      says: /o\.img: .*found 1000/,
    },
    {
      what: 'another file system',
      args: ['--fs', 'btrfs'],
      says: /good\.img: expected btrfs where the log begins, found ext2.*"saved"/,
    },
    { what: 'an unknown file system', args: ['--fs', 'fat'], says: /fs.*fat/s },
    {
      what: 'a promise about files',
      args: ['--promise', 'snapshot'],
      says: /--promise: expected none, got snapshot/,
    },
    {
      what: 'a promise about some',
      args: ['--promise', 'files:a'],
      says: /--promise: expected none, got files:a/,
    },
    {
      what: 'a mark that is not there',
      args: ['--from-mark', 'mkfs'],
      says: /--from-mark "mkfs": .*it has "saved"/,
    },
    {
      what: 'a folder with something in it',
      args: ['--to', bench.folder],
      says: /--to .*: expected an empty folder/,
    },
    { what: 'a disk that is none', args: ['--disk', 'cache=warm'], says: /cache/ },
  ];
  for (const { what, args, says } of cases) {
    const to = join(bench.folder, 'refused');
    const given = { '--base': base, '--log': log, '--fs': 'ext4', '--to': to };
    for (const [name, value] of [args as [keyof typeof given, string]]) given[name] = value;
    const { exitCode, stderr } = await bench.plugpull(['import', ...Object.entries(given).flat()]);
    t.equal(exitCode, 64, what);
    t.match(stderr, says, what);
    t.notOk(existsSync(to), `${what}: nothing is left`);
  }
  const missing = await bench.plugpull(['import', '--base', base]);
  t.equal(missing.exitCode, 64);
  t.match(missing.stderr, /log.*fs.*to/s);
});
