/** Several disks of one recording: one log, one order, one power; each with its own content and its own flushes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BlockIoError } from '../../../harness/disk/block-device.js';
import { PowerSwitch } from '../../../harness/disk/power-switch.js';
import { RecordedDisks } from '../../../harness/disk/recording/recorded-disks.js';
import { diskBehaviour } from '../../../harness/scenario/schema/disk.js';

const sizeBytes = 64 * 512;
const sector = (fill: number): Buffer => Buffer.alloc(512, fill);

t.test('what is done to them is in one order, and a flush is about its own disk', async (t) => {
  const disks = new RecordedDisks(2, { sizeBytes, behaviour: diskBehaviour.parse({}) });
  const [first, second] = disks.devices(new PowerSwitch(undefined, () => {}));
  first!.write(0, sector(1), { fua: false });
  first!.flush();
  t.equal(disks.flushesBeforeStart, 0, 'the second saw none');
  second!.write(512, sector(2), { fua: false });
  second!.flush();
  t.equal(disks.flushesBeforeStart, 1);
  // Pending when the recording begins: the flush of one disk is none of the other's.
  second!.write(1024, sector(3), { fua: false });
  first!.flush();
  const log: string[] = [];
  const base = join(t.testdir(), 'base.img');
  disks.start(base, ({ kind, sector, data }) => void log.push(`${kind} ${sector} ${data?.[0] ?? ''}`.trim()));
  first!.write(2048, sector(4), { fua: false });
  second!.flush();
  second!.write(0, sector(5), { fua: true });
  first!.flush();
  t.strictSame(log, ['write 66 3', 'write 4 4', 'flush 64', 'write 64 5', 'flush 0']);
  const image = readFileSync(base);
  t.equal(image.length, 2 * sizeBytes);
  t.strictSame([image[0], image[sizeBytes + 512], image[sizeBytes + 1024]], [1, 2, 0]);
});

t.test('they begin with an image of all of them', async (t) => {
  const folder = t.testdir();
  const before = new RecordedDisks(2, { sizeBytes, behaviour: diskBehaviour.parse({}) });
  const power = new PowerSwitch(undefined, () => {});
  for (const [nth, device] of before.devices(power).entries()) {
    device.write(0, sector(nth + 1), { fua: false });
    device.flush();
  }
  const content = join(folder, 'content.img');
  before.start(content, () => {});
  const after = new RecordedDisks(2, { sizeBytes, behaviour: diskBehaviour.parse({}), content });
  const found = after.devices(power).map((device) => {
    const into = sector(0);
    device.read(0, into);
    return into[0];
  });
  t.strictSame(found, [1, 2]);
});

t.test('all lose their power at once, counted over all of them', async (t) => {
  const behaviour = diskBehaviour.parse({ cut: { operation: 'flush', n: 2 } });
  const disks = new RecordedDisks(2, { sizeBytes, behaviour });
  const power = new PowerSwitch(behaviour.cut, () => disks.stop());
  const [first, second] = disks.devices(power);
  const kinds: string[] = [];
  disks.start(join(t.testdir(), 'base.img'), ({ kind }) => void kinds.push(kind));
  for (const device of [first!, second!]) device.arm();
  power.arm();
  first!.flush();
  second!.write(0, sector(1), { fua: false });
  t.throws(() => second!.flush(), BlockIoError);
  t.throws(() => first!.write(0, sector(1), { fua: false }), BlockIoError, 'the other one, too');
  t.strictSame(kinds, ['flush', 'write']);
});
