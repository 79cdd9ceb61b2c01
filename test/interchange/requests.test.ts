import t from 'tap';
import { asRequests } from '../../harness/interchange/requests.js';
import type { LogEntry } from '../../harness/trace/block-log/entry.js';

function entry(sector: number, sectorCount: number, flags = 0, mark?: string): LogEntry {
  const dataBytes = flags & 4 ? 0 : sectorCount * 512;
  return { index: 0, sector, sectorCount, flags, dataOffset: 0, dataBytes, ...(mark ? { mark } : {}) };
}

function joined(...entries: LogEntry[]): number[] {
  return asRequests(entries).map((group) => group.length);
}

t.test('neighbours in log and on disk are one request', async (t) => {
  t.same(joined(entry(8, 8), entry(16, 8, 16), entry(24, 8)), [3], 'METADATA makes no difference');
  t.same(joined(entry(8, 8), entry(24, 8)), [1, 1], 'a gap');
  t.same(joined(entry(16, 8), entry(8, 8)), [1, 1], 'backwards: they completed one by one');
  t.same(joined(entry(8, 8), entry(100, 8), entry(16, 8)), [1, 1, 1], 'another between');
});

t.test('nothing joins a flush, a FUA write, a discard or a mark', async (t) => {
  t.same(joined(entry(8, 8), entry(16, 8, 2)), [1, 1]);
  t.same(joined(entry(8, 8, 2), entry(16, 8)), [1, 1]);
  t.same(joined(entry(8, 8), entry(16, 8, 4), entry(24, 8, 4)), [1, 1, 1]);
  t.same(joined(entry(8, 8), entry(16, 0, 1), entry(16, 8)), [1, 1, 1]);
  t.same(joined(entry(0, 8), entry(0, 0, 8, 'ack'), entry(8, 8)), [1, 1, 1]);
});

t.test('a request ends where the block layer would end it', async (t) => {
  t.same(joined(entry(0, 2048), entry(2048, 512), entry(2560, 8)), [2, 1]);
  t.same(joined(entry(0, 4096), entry(4096, 8)), [1, 1], 'larger ones stay whole');
});
