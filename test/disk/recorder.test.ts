import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { type CacheBehaviour, type RecordedOperation, RecordingDevice } from '../../harness/disk/recorder.js';
import { SparseImage } from '../../harness/disk/sparse-image.js';
import { entryFlag } from '../../harness/trace/block-log/layout.js';
import { openBlockLog } from '../../harness/trace/block-log/reader.js';
import { BlockLogWriter } from '../../harness/trace/block-log/writer.js';
import { applyTo, bytesOf, type Step, steps } from './device-steps.js';

const sectors = 150;

const behaviours: fc.Arbitrary<CacheBehaviour> = fc.record({
  cache: fc.constantFrom('volatile' as const, 'through' as const, 'lying' as const),
  fua: fc.boolean(),
  discard: fc.constantFrom('zeros' as const, 'ignored' as const, 'unsupported' as const),
});

function use(device: RecordingDevice, step: Step): void {
  if (step.do === 'flush') {
    device.flush();
    return;
  }
  const at = step.sector * 512;
  if (step.do === 'read') device.read(at, Buffer.alloc(step.count * 512));
  else if (step.do === 'discard') device.discard(at, step.count * 512);
  else if (step.do === 'zero') device.writeZeroes(at, step.count * 512, { fua: step.fua });
  else {
    const data = bytesOf(step);
    device.write(at, data, { fua: step.fua });
    data.fill(0xdd); // Only valid during the call.
  }
}

/** What a recording has to say of a step; null: nothing. */
function expected(step: Step, { cache, fua, discard }: CacheBehaviour): string | null {
  if (step.do === 'read') return null;
  if (step.do === 'flush') return cache === 'lying' ? null : 'flush';
  if (step.do === 'discard') {
    if (discard !== 'zeros') return null;
    return `discard ${step.sector}+${step.count}${cache === 'through' ? ' durable' : ''}`;
  }
  const durable = cache === 'through' || (cache === 'volatile' && fua && step.fua);
  return `write ${step.sector}+${step.count}${durable ? ' durable' : ''}`;
}

const told = ({ kind, sector, sectorCount, fua }: RecordedOperation): string =>
  kind === 'flush' ? kind : `${kind} ${sector}+${sectorCount}${fua ? ' durable' : ''}`;

function apply(content: Buffer, step: Step, { discard }: CacheBehaviour): void {
  if (step.do !== 'discard' || discard === 'zeros') applyTo(content, step);
}

t.test('records what happens after the start, opening with what was pending then', async (t) => {
  const base = join(t.testdir(), 'base.img');
  const property = fc.property(
    behaviours,
    steps(sectors, 40),
    steps(sectors, 40),
    steps(sectors, 40),
    (behaviour, before, during, after) => {
      const device = new RecordingDevice(new SparseImage(sectors * 512), behaviour);
      const model = Buffer.alloc(sectors * 512);
      for (const step of before) {
        use(device, step);
        apply(model, step, behaviour);
      }
      const atStart = Buffer.from(model);
      const recorded: (RecordedOperation & { copy?: Buffer })[] = [];
      device.start(base, (operation) =>
        recorded.push(operation.data ? { ...operation, copy: Buffer.from(operation.data) } : operation),
      );
      const opening = recorded.length;
      // The base and what opens the log are the content at the start, and never hide a flush.
      const replayed = readFileSync(base);
      for (const { kind, sector, sectorCount, copy } of recorded) {
        if (kind === 'flush') throw new Error('a flush among what is pending');
        if (copy && copy.length !== sectorCount * 512)
          throw new Error(`${copy.length} bytes for ${sectorCount} sectors`);
        if (copy) copy.copy(replayed, sector * 512);
        else replayed.fill(0, sector * 512, (sector + sectorCount) * 512);
      }
      if (!replayed.equals(atStart))
        throw new Error('base and pending operations are not the content at the start');
      // Durable in the base: everything up to the last flush. Nothing of what only a cache holds is in it.
      const lastFlush = before.findLastIndex((step) => step.do === 'flush');
      const flushed = Buffer.alloc(sectors * 512);
      for (const step of before.slice(0, lastFlush + 1)) apply(flushed, step, behaviour);
      const isPlain = !before
        .slice(lastFlush + 1)
        .some((step) => expected(step, behaviour)?.endsWith('durable'));
      if (isPlain && !readFileSync(base).equals(flushed))
        throw new Error('the base is not the content at the last flush');
      if (
        isPlain &&
        opening !== before.slice(lastFlush + 1).filter((step) => expected(step, behaviour) !== null).length
      ) {
        throw new Error('something that was pending is missing from the log');
      }
      // What was durable before the start stays so.
      const durable = before
        .slice(lastFlush + 1)
        .filter((step) => expected(step, behaviour)?.endsWith('durable'));
      const pendingNow = recorded.filter(({ fua }) => !fua);
      if (
        pendingNow.length >
        before.slice(lastFlush + 1).filter((step) => expected(step, behaviour)).length - durable.length
      ) {
        throw new Error('something durable opens the log as pending');
      }

      for (const step of during) {
        use(device, step);
        apply(model, step, behaviour);
      }
      const log = recorded.slice(opening).map(told);
      const should = during.map((step) => expected(step, behaviour)).filter((text) => text !== null);
      if (log.join() !== should.join()) throw new Error(`recorded ${log}, should be ${should}`);
      for (const { kind, sector, sectorCount, copy } of recorded.slice(opening)) {
        if (kind === 'flush') continue;
        if (copy) copy.copy(atStart, sector * 512);
        else atStart.fill(0, sector * 512, (sector + sectorCount) * 512);
      }
      if (!atStart.equals(model)) throw new Error('the log does not lead to the content');

      device.stop();
      const count = recorded.length;
      for (const step of after) {
        use(device, step);
        apply(model, step, behaviour);
      }
      if (recorded.length > count) throw new Error('recorded after the stop');
      const found = Buffer.alloc(sectors * 512);
      device.read(0, found);
      if (!found.equals(model)) throw new Error('the content at the end');
    },
  );
  fc.assert(property, { numRuns: 500 });
  t.pass();
});

t.test('a FUA write of zeros among what is pending fits into the log', async (t) => {
  const folder = t.testdir();
  const device = new RecordingDevice(new SparseImage(8 * 512), {
    cache: 'volatile',
    fua: true,
    discard: 'zeros',
  });
  device.write(0, Buffer.alloc(512, 1), { fua: false });
  device.writeZeroes(1024, 1024, { fua: true });
  const log = new BlockLogWriter(join(folder, 'disk.log'));
  device.start(join(folder, 'base.img'), ({ sector, sectorCount, fua, data }) => {
    log.append({ sector, sectorCount, flags: fua ? entryFlag.fua : 0, ...(data ? { data } : {}) });
  });
  log.close();
  const opened = openBlockLog(join(folder, 'disk.log'));
  t.same(
    opened.entries.map(({ sector, sectorCount, flags }) => [sector, sectorCount, flags]),
    [
      [0, 1, 0],
      [2, 2, entryFlag.fua],
    ],
  );
  opened.close();
});
