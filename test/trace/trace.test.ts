/** Trace folders: read as written, and hostile ones refused by name. */
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { explorable } from '../../harness/explore/recording.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { entryFlag } from '../../harness/trace/block-log/layout.js';
import { BlockLogWriter } from '../../harness/trace/block-log/writer.js';
import type { TraceEvent, TreeEntry } from '../../harness/trace/events.js';
import { FileBytes } from '../../harness/trace/file-bytes.js';
import { type Manifest, traceSchema, writeManifest } from '../../harness/trace/manifest.js';
import { PayloadReader, PayloadWriter } from '../../harness/trace/payload.js';
import { openTrace } from '../../harness/trace/trace.js';
import { UsageError } from '../../harness/verdict/errors.js';

const sizeBytes = 64 * 1024;
const input = { name: 'x', workload: { run: 'true' }, storage: [{ fs: 'ext4' as const }] };

function manifest(own: Partial<Manifest> = {}): Manifest {
  return {
    schema: traceSchema,
    tool: { name: 'plugpull', version: '0.1.0' },
    kernel: '6.1',
    machine: 'x64',
    recorded_at: '2026-01-01T00:00:00Z',
    scenario: { input, ...scenario.parse(input) },
    storage: 0,
    size_bytes: sizeBytes,
    seed: 1,
    recording: 0,
    workload: { exit_code: 0, signal: null, timed_out: false, duration_ms: 1 },
    cut_at: null,
    workloads: '/w',
    scenario_folder: null,
    ...own,
  };
}

/** A small trace: two writes, a flush, an ack, a FUA write after a flush in one entry, a discard. */
function traceFolder(
  t: { testdir(files: Record<string, string>): string },
  own: Partial<Manifest> = {},
): string {
  const folder = t.testdir({});
  writeManifest(folder, manifest(own));
  writeFileSync(join(folder, 'base.img'), Buffer.alloc(sizeBytes, 7));
  const log = new BlockLogWriter(join(folder, 'disk.log'));
  log.append({ sector: 0, sectorCount: 1, flags: 0, data: Buffer.alloc(512, 1) });
  log.append({ sector: 8, sectorCount: 2, flags: 0 });
  log.append({ sector: 0, sectorCount: 0, flags: entryFlag.flush });
  log.mark('saved');
  log.append({
    sector: 3,
    sectorCount: 1,
    flags: entryFlag.flush | entryFlag.fua,
    data: Buffer.alloc(512, 3),
  });
  log.append({ sector: 16, sectorCount: 8, flags: entryFlag.discard });
  log.close();
  const payload = new PayloadWriter(join(folder, 'payload.bin'));
  const f: TreeEntry = { path: 'f', type: 'file', ino: 12, mode: 0o644, size: 5, ctime_ns: '1' };
  const first = { ...f, content: payload.add(FileBytes.of(Buffer.from('hello'))) };
  const second = { ...f, ctime_ns: '2', content: payload.add(FileBytes.of(Buffer.from('world'))) };
  payload.close();
  const events: TraceEvent[] = [
    { type: 'snapshot', ack: 0, final: false, changed: [first], removed: [], touched: {} },
    { type: 'extents', ack: 0, files: { f: [[0, 4096, 512]] } },
    { type: 'ack', block_index: 3, time_ns: '5', text: 'saved', source: 'socket' },
    {
      type: 'snapshot',
      ack: 1,
      final: false,
      changed: [second],
      removed: [],
      touched: { f: { modified: 1, versions: 1, removed: 0 } },
    },
    { type: 'extents', ack: 1, files: { f: [[0, 8192, 512]] } },
    { type: 'snapshot', ack: 1, final: true, changed: [], removed: ['f'], touched: null },
  ];
  writeFileSync(join(folder, 'events.ndjson'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return folder;
}

t.test('read as written', async (t) => {
  const trace = openTrace(traceFolder(t));
  t.teardown(() => trace.close());
  t.same(
    trace.operations.map(({ index, kind, sector, sectorCount, fua }) => [
      index,
      kind,
      sector,
      sectorCount,
      fua,
    ]),
    [
      [0, 'write', 0, 1, false],
      [1, 'write', 8, 2, false],
      [2, 'flush', 0, 0, false],
      [4, 'flush', 0, 0, false],
      [4, 'write', 3, 1, true],
      [5, 'discard', 16, 8, false],
    ],
    'the flush of an entry with data comes first',
  );
  t.equal(trace.endIndex, 6);
  t.match(trace.acks, [{ text: 'saved', block_index: 3 }]);
  t.same(
    trace.snapshots.map(({ acks, final, tree, touched }) => [
      acks,
      final,
      [...tree.keys()],
      touched && Object.keys(touched),
    ]),
    [
      [0, false, ['f'], []],
      [1, false, ['f'], ['f']],
      [1, true, [], null],
    ],
  );
  t.same(
    trace.snapshots.slice(0, 2).map(({ tree }) => trace.content(tree.get('f')!).toString()),
    ['hello', 'world'],
  );
  t.same(
    trace.extents.map(({ extents }) => extents[0]![1]),
    [8192, 4096],
    'latest first',
  );
  t.same(trace.warnings, []);
  const block = Buffer.alloc(512);
  trace.base.read(4096, block);
  t.equal(block[0], 7);
  trace.payload(trace.operations[4]!, 0, block);
  t.equal(block[0], 3);
  trace.payload(trace.operations[1]!, 512, block);
  t.equal(block[0], 0, 'a write without data is one of zeros');
  t.same(
    explorable(trace).points.map(({ reason, logIndex, acks }) => `${reason}@${logIndex}/${acks}`),
    ['start@0/0', 'flush@2/0', 'ack@3/1', 'flush@4/1', 'fua@5/1', 'end@6/1'],
  );
});

t.test('a write-through disk makes every write durable', async (t) => {
  const through = { ...input, storage: [{ disk: { cache: 'through' as const } }] };
  const trace = openTrace(traceFolder(t, { scenario: { input: through, ...scenario.parse(through) } }));
  t.teardown(() => trace.close());
  t.ok(trace.operations.filter(({ kind }) => kind !== 'flush').every(({ fua }) => fua));
});

/** The error that opening the damaged trace gives; it has to be the user's to mend. */
function refused(
  t: Parameters<typeof traceFolder>[0],
  damage: (at: (name: string) => string) => void,
): string {
  const folder = traceFolder(t);
  damage((name) => join(folder, name));
  try {
    openTrace(folder).close();
  } catch (error) {
    if (error instanceof UsageError) return error.message.replaceAll(folder, 'TRACE');
    throw error;
  }
  return 'accepted';
}

t.test('missing parts', async (t) => {
  const without = (name: string): string => refused(t, (at) => rmSync(at(name)));
  t.equal(without('manifest.json'), 'TRACE is not a trace: expected a readable manifest.json in it (ENOENT)');
  t.equal(without('base.img'), 'TRACE: expected TRACE/base.img, found none');
  t.equal(without('disk.log'), 'TRACE: expected TRACE/disk.log, found none');
  t.equal(
    without('events.ndjson'),
    'TRACE/events.ndjson: expected the events of the recording, found no file',
  );
  t.equal(without('payload.bin'), 'accepted', 'an imported trace has none');
  t.throws(() => openTrace('/no/such/folder'), {
    name: 'UsageError',
    message: /^\/no\/such\/folder is not a trace/,
  });
});

t.test('a base image of another size', async (t) => {
  for (const size of [0, sizeBytes - 512, sizeBytes + 1]) {
    t.equal(
      refused(t, (at) => truncateSync(at('base.img'), size)),
      `TRACE/base.img: expected ${sizeBytes} bytes (manifest.json, size_bytes), found ${size}`,
    );
  }
  t.match(
    refused(t, (at) => {
      rmSync(at('base.img'));
      mkdirSync(at('base.img'));
    }),
    /^TRACE\/base\.img: expected 65536 bytes/,
  );
});

t.test('manifests', async (t) => {
  const of = (change: (value: Record<string, unknown>) => unknown): string =>
    refused(t, (at) => {
      const value = JSON.parse(readFileSync(at('manifest.json'), 'utf8'));
      writeFileSync(at('manifest.json'), JSON.stringify(change(value) ?? value));
    });
  t.equal(
    of((value) => ({ ...value, schema: 'plugpull.trace/2' })),
    'TRACE/manifest.json: expected schema plugpull.trace/1, found "plugpull.trace/2"',
  );
  for (const [value, found] of [
    [{}, 'none'],
    [[], 'none'],
    [5, 'none'],
  ] as const) {
    t.equal(
      of(() => value),
      `TRACE/manifest.json: expected schema plugpull.trace/1, found ${found}`,
    );
  }
  t.equal(
    refused(t, (at) => writeFileSync(at('manifest.json'), 'null')),
    'TRACE/manifest.json: expected schema plugpull.trace/1, found none',
  );
  t.match(
    refused(t, (at) => truncateSync(at('manifest.json'), 50)),
    /^TRACE\/manifest\.json: expected JSON: /,
  );
  t.match(
    refused(t, (at) => truncateSync(at('manifest.json'), 0)),
    /^TRACE\/manifest\.json: expected JSON: /,
  );
  t.match(
    of((value) => void delete value.size_bytes),
    /^TRACE\/manifest\.json: [\s\S]*size_bytes/,
  );
  t.match(
    of((value) => ({ ...value, size_bytes: '64K' })),
    /size_bytes/,
  );
  t.match(
    of((value) => ({ ...value, storage: -1 })),
    /storage/,
  );
  t.match(
    of((value) => ({ ...value, storage: 1 })),
    /^TRACE\/manifest\.json: storage: expected one of the scenario's 1 storages, counted from 0, found 1$/,
  );
  t.match(
    of((value) => ({ ...value, scenario: {} })),
    /^TRACE\/manifest\.json: [\s\S]*scenario\.name/,
  );
  t.match(
    of((value) => ({ ...value, scenario: null })),
    /^TRACE\/manifest\.json: [\s\S]*scenario/,
  );
  t.match(
    of((value) => ({ ...value, scenario: { ...input, storage: [{ fs: 'zfs' }] } })),
    /scenario\.storage\.0\.fs: expected one of ext2, ext3, ext4, xfs, btrfs, f2fs, got "zfs"$/,
  );
});

t.test('events', async (t) => {
  const warnings = (damage: (path: string) => void): string[] => {
    const folder = traceFolder(t);
    damage(join(folder, 'events.ndjson'));
    const trace = openTrace(folder);
    trace.close();
    return [
      ...trace.warnings.map((warning) => warning.replaceAll(folder, 'TRACE')),
      `${trace.acks.length} acks`,
    ];
  };
  t.same(
    warnings((path) => appendFileSync(path, '{"type":"ack","block_in')),
    ['TRACE/events.ndjson:7: the last line is torn and was dropped', '1 acks'],
  );
  t.same(
    warnings((path) => writeFileSync(path, '')),
    ['0 acks'],
    'no events is no error',
  );
  t.same(
    warnings((path) => appendFileSync(path, '\n\n')),
    ['1 acks'],
    'empty lines',
  );
  const middle = (line: string): string =>
    refused(t, (at) => {
      const lines = readFileSync(at('events.ndjson'), 'utf8').split('\n');
      lines.splice(2, 0, line);
      writeFileSync(at('events.ndjson'), lines.join('\n'));
    });
  t.equal(middle('%%% garbage'), 'TRACE/events.ndjson:3: expected one JSON object, found %%% garbage');
  t.equal(middle('{"type":"ack"'), 'TRACE/events.ndjson:3: expected one JSON object, found {"type":"ack"');
  for (const line of [
    'null',
    '5',
    '"ack"',
    '[]',
    '{}',
    '{"type":"nonsense"}',
    '{"type":"ack"}',
    '{"type":"ack","block_index":"3","text":"x"}',
    '{"type":"ack","block_index":-3,"text":"x"}',
    '{"type":"snapshot","ack":0,"final":false,"changed":[null],"removed":[],"touched":{}}',
    '{"type":"snapshot","ack":0,"final":false,"changed":{},"removed":[],"touched":{}}',
    '{"type":"snapshot","ack":0,"final":false,"changed":[],"removed":7,"touched":{}}',
    '{"type":"snapshot","ack":0,"final":false,"changed":[],"removed":[],"touched":{"f":1}}',
    '{"type":"extents","ack":0,"files":{"f":[[0,1]]}}',
  ]) {
    t.match(middle(line), /^TRACE\/events\.ndjson:3: expected an event: .*, got /, line);
  }
});

t.test('block logs', async (t) => {
  t.match(
    refused(t, (at) => truncateSync(at('disk.log'), 10)),
    /^TRACE\/disk\.log: super block/,
  );
  t.match(
    refused(t, (at) => writeFileSync(at('disk.log'), Buffer.alloc(4096, 1))),
    /^TRACE\/disk\.log: /,
  );
  t.match(
    refused(t, (at) => {
      const log = new BlockLogWriter(at('disk.log'));
      log.append({ sector: sizeBytes / 512 - 1, sectorCount: 2, flags: 0 });
      log.close();
    }),
    /^TRACE\/disk\.log: .*inside the device of 65536 bytes/,
    'a write past the end of the disk',
  );
});

t.test('of a file that grows each byte is written once', async (t) => {
  const path = join(t.testdir(), 'payload.bin');
  const writer = new PayloadWriter(path);
  const versions: Buffer[] = [];
  for (let lines = 0; lines < 200; lines++) versions.push(Buffer.from('one more line\n'.repeat(lines)));
  versions.push(
    Buffer.from('another file'),
    Buffer.from('one more line\n'.repeat(300)),
    Buffer.alloc(5000, 1),
  );
  const ranges = versions.map((version) => writer.add(FileBytes.of(version)));
  t.same(writer.add(FileBytes.of(versions[7]!)), ranges[7], 'one that is known');
  writer.close();
  const reader = new PayloadReader(path);
  ranges.forEach((range, i) => {
    if (!reader.read(range).equals(FileBytes.of(versions[i]!)))
      t.fail(`version ${i} reads as something else`);
  });
  reader.close();
  const bytes = 14 * 199 + 12 + 14 * 300 + 5000;
  t.equal(statSync(path).size, bytes);
});

t.test('contents that are not there', async (t) => {
  const folder = traceFolder(t);
  truncateSync(join(folder, 'payload.bin'), 7);
  const trace = openTrace(folder);
  t.teardown(() => trace.close());
  t.equal(trace.content(trace.snapshots[0]!.tree.get('f')!).toString(), 'hello');
  t.throws(
    () => trace.content(trace.snapshots[1]!.tree.get('f')!),
    /payload\.bin: expected 10 bytes or more, found 7/,
  );
});
