import t from 'tap';
import { BlockIoError } from '../../harness/disk/block-device.js';
import { type Fault, FaultyDevice } from '../../harness/disk/faults.js';
import { MemoryDisk } from './nbd/memory-disk.js';

const open = { admit: () => true, acks: 0 };

function faulty(
  faults: Fault[],
  gate = open,
): { disk: MemoryDisk; device: FaultyDevice; did: (what: string) => string } {
  const disk = new MemoryDisk(8 * 512);
  const device = new FaultyDevice(disk, faults, gate);
  const did = (what: string): string => {
    try {
      if (what === 'read') device.read(0, Buffer.alloc(512));
      else if (what === 'write') device.write(0, Buffer.alloc(512, 9), { fua: false });
      else if (what === 'zero') device.writeZeroes(512, 512, { fua: false });
      else if (what === 'discard') device.discard(0, 512);
      else device.flush();
      return 'ok';
    } catch (error) {
      if (!(error instanceof BlockIoError)) throw error;
      return error.code;
    }
  };
  return { disk, device, did };
}

t.test('the n-th of a kind fails, and as many after it as asked for', async (t) => {
  const { disk, device, did } = faulty([
    { operation: 'write', n: 2, count: 2, error: 'ENOSPC' },
    { operation: 'flush', n: 1, count: 1, error: 'EIO' },
    { operation: 'read', n: 3, count: 1, error: 'EIO' },
  ]);
  t.same(
    ['write', 'write', 'flush', 'read', 'read', 'read'].map(did),
    Array(6).fill('ok'),
    'before it is armed',
  );
  device.arm();
  disk.calls.length = 0;
  t.same(
    ['write', 'zero', 'write', 'write'].map(did),
    ['ok', 'ENOSPC', 'ENOSPC', 'ok'],
    'a write of zeros is a write',
  );
  t.same(['flush', 'flush'].map(did), ['EIO', 'ok']);
  t.same(['read', 'read', 'read', 'read'].map(did), ['ok', 'ok', 'EIO', 'ok']);
  t.same(['discard', 'discard', 'discard'].map(did), ['ok', 'ok', 'ok'], 'each kind is counted by itself');
  t.same(
    disk.calls,
    [
      'write 0+512',
      'write 0+512',
      'flush',
      ...Array(3).fill('read 0+512'),
      ...Array(3).fill('discard 0+512'),
    ],
    'what failed did not reach the disk',
  );
});

t.test('without faults nothing changes', async (t) => {
  const { device, did } = faulty([]);
  device.arm();
  t.same(['read', 'write', 'zero', 'discard', 'flush'].map(did), Array(5).fill('ok'));
  t.equal(device.sizeBytes, 8 * 512);
});

t.test('one that waits for an ack counts from there on, and for all that come', async (t) => {
  const gate = { admit: () => true, acks: 0 };
  const { device, did } = faulty(
    [
      { operation: 'flush', n: 2, after_ack: 2, count: 'all', error: 'EIO' },
      { operation: 'flush', n: 3, count: 1, error: 'ENOSPC' },
    ],
    gate,
  );
  device.arm();
  gate.acks = 1;
  t.same(['flush', 'flush'].map(did), ['ok', 'ok']);
  gate.acks = 2;
  t.same(
    ['flush', 'flush', 'flush'].map(did),
    ['ENOSPC', 'EIO', 'EIO'],
    'what another one fails is counted, too',
  );
});
