/** What the kernel's log can do wrong, by logs made by hand: what really made logs show is in test/vm/place. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type KernelLogTrace, traceOfKernelLog } from '../../harness/interchange/kernel-log.js';
import { openBlockLog } from '../../harness/trace/block-log/reader.js';
import { type ReferenceEntry, referenceLog } from '../trace/block-log/reference-log.js';
import { flushed, marked, replayed, written } from './foreign-log.js';

const sizeBytes = 1024 * 1024;
const block = (fill: number): Buffer => Buffer.alloc(4096, fill);
const start = [written(0, block(9)), flushed, marked('start')];
const end = marked('dm-log-writes-end');

async function traced(
  t: Test,
  entries: ReferenceEntry[],
  options: { stopped?: string; content?: Buffer; acks?: { mark: string; text: string }[] } = {},
): Promise<KernelLogTrace & { folder: string }> {
  const folder = t.testdir();
  const log = join(folder, 'log.img');
  // A device: zeros follow the log's end.
  writeFileSync(log, Buffer.concat([referenceLog(entries), Buffer.alloc(65536)]));
  const content = join(folder, 'content.img');
  writeFileSync(content, options.content ?? replayed(Buffer.alloc(sizeBytes), entries));
  const traceFolder = join(folder, 'trace');
  mkdirSync(traceFolder);
  const made = await traceOfKernelLog({
    log,
    sizeBytes,
    startMark: 'start',
    acks: options.acks ?? [],
    content,
    stopped: options.stopped ?? null,
    traceFolder,
  });
  return { ...made, folder: traceFolder };
}

t.test('what came before the start mark is the base image; marks get the texts of their acks', async (t) => {
  const acks = [
    { mark: 'ack-1', text: 'in the setup' },
    { mark: 'ack-2', text: 'a text with spaces' },
  ];
  const entries = [
    marked('ack-1'),
    ...start,
    written(8, block(1)),
    written(16, block(2)),
    flushed,
    marked('ack-2'),
    marked("somebody's own"),
    written(24, block(3), 512, 2),
    end,
  ];
  const { folder, ackIndexes, doubt } = await traced(t, entries, { acks });
  t.equal(doubt, null);
  t.same(ackIndexes, [0, 2]);
  t.ok(readFileSync(join(folder, 'base.img')).equals(replayed(Buffer.alloc(sizeBytes), start)));
  const log = openBlockLog(join(folder, 'disk.log'));
  t.teardown(() => log.close());
  t.same(
    log.entries.map(({ sector, sectorCount, flags, mark }) => [sector, sectorCount, flags, mark]),
    [
      [8, 16, 0, undefined],
      [0, 0, 1, undefined],
      [0, 0, 8, 'a text with spaces'],
      [0, 0, 8, "somebody's own"],
      [24, 8, 2, undefined],
    ],
  );
  const payload = Buffer.alloc(8192);
  log.readPayload(log.entries[0]!, 0, payload);
  t.ok(payload.equals(Buffer.concat([block(1), block(2)])), 'neighbours joined');
});

t.test('a log that ended early is a doubt, and its late acks lie past the end', async (t) => {
  const acks = ['ack-1', 'ack-2'].map((mark) => ({ mark, text: mark }));
  const entries = [...start, written(8, block(1)), flushed, marked('ack-1')];
  const full = await traced(t, entries, { acks, stopped: 'Ran out of space on the logdev' });
  t.match(full.doubt, /stopped logging: Ran out of space/);
  t.same(full.ackIndexes, [2, 4]);
  const cut = await traced(t, entries, { acks });
  t.match(cut.doubt, /the end of its log is missing/);
});

t.test('a log that leads elsewhere is a doubt', async (t) => {
  const entries = [...start, written(8, block(1)), flushed, end];
  const content = replayed(Buffer.alloc(sizeBytes), entries);
  content[8 * 512 + 5] = 7;
  const { doubt, folder } = await traced(t, entries, { content });
  t.match(doubt, /another content than the disk had at the end, from byte 4101 on/);
  t.throws(() => readFileSync(join(folder, 'replayed.img')), { code: 'ENOENT' });
  const shorter = await traced(t, entries, {
    content: content.subarray(0, sizeBytes - 512).fill(0, 4101, 4102),
  });
  t.match(shorter.doubt, /from byte/);
});

t.test('a write behind a FUA write to the same place is a doubt, but not behind a flush', async (t) => {
  const fua = written(8, block(1), 512, 2);
  t.match(
    (await traced(t, [...start, fua, written(12, block(2)), end])).doubt,
    /sector 12 behind a FUA write/,
  );
  t.equal((await traced(t, [...start, fua, flushed, written(12, block(2)), end])).doubt, null);
  t.equal((await traced(t, [...start, fua, written(16, block(2)), end])).doubt, null);
  t.equal((await traced(t, [...start, fua, written(8, block(2), 512, 2), end])).doubt, null);
});

t.test('a log without its start is no recording', async (t) => {
  await t.rejects(
    traced(t, [written(0, block(9)), flushed], { stopped: 'Error writing log block, error=9' }),
    {
      message: /logged nothing of the workload: Error writing log block/,
      exitCode: 69,
    },
  );
});
