/** The disks that a workload runs on: a flush is about its own, and all are cut at one instant. */
import t from 'tap';
import { prefilledDisk } from '../../../harness/probe/lane/base-disk.js';
import { WorkloadDisk } from '../../../harness/probe/lane/workload-disk.js';
import { staleByte } from '../../../harness/probe/workload/bytes.js';
import { diskBehaviour } from '../../../harness/scenario/schema/disk.js';

const sizeBytes = 64 * 1024;
const fua = { fua: false };

function twoDisks(): {
  disk: WorkloadDisk;
  first: WorkloadDisk['disks'][0];
  second: WorkloadDisk['disks'][0];
} {
  const about = { count: 2, sizeBytes };
  const disk = new WorkloadDisk(prefilledDisk(2 * sizeBytes), about, diskBehaviour.parse({}));
  return { disk, first: disk.disks[0]!, second: disk.disks[1]! };
}

function durableAt(disk: WorkloadDisk, byteOffset: number): number {
  const into = Buffer.alloc(512);
  disk.durable.read(byteOffset, into);
  return into[0]!;
}

t.test(
  'what setup wrote is durable at the start, flushed or not, and nothing of it opens the log',
  async (t) => {
    const { disk, first, second } = twoDisks();
    first.write(0, Buffer.alloc(512, 1), fua);
    first.flush();
    second.write(0, Buffer.alloc(512, 2), fua);
    t.strictSame(
      [durableAt(disk, 0), durableAt(disk, sizeBytes)],
      [1, staleByte],
      'before: what was flushed',
    );
    disk.start();
    t.strictSame([durableAt(disk, 0), durableAt(disk, sizeBytes)], [1, 2]);
    t.strictSame(disk.operations, []);
    first.write(512, Buffer.alloc(512, 3), fua);
    t.equal(durableAt(disk, 512), staleByte, 'what the body writes is not');
    t.match(disk.operations, [{ index: 0, kind: 'write', sector: 1 }]);
  },
);

t.test('one log in one order, each operation with its disk', async (t) => {
  const { disk, first, second } = twoDisks();
  disk.start();
  first.write(512, Buffer.alloc(512, 1), fua);
  second.write(512, Buffer.alloc(1024, 2), fua);
  second.flush();
  first.flush();
  t.strictSame(
    disk.operations.map(({ index, kind, disk = 0, sector, sectorCount }) => [
      index,
      kind,
      disk,
      sector,
      sectorCount,
    ]),
    [
      [0, 'write', 0, 1, 1],
      [1, 'write', 1, sizeBytes / 512 + 1, 2],
      [2, 'flush', 1, sizeBytes / 512, 0],
      [3, 'flush', 0, 0, 0],
    ],
  );
  const seen = Buffer.alloc(512);
  second.read(512, seen);
  t.equal(seen[0], 2);
  first.read(512, seen);
  t.equal(seen[0], 1);
});
