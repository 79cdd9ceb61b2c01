/** The page of zeros of a User-mode Linux kernel, which is not in the memory that it shares. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { GuestMemory } from '../../../harness/disk/vhost-user/guest-memory.js';
import { guestBase, u32s, u64s, userBase } from './raw-machine.js';

const memoryBytes = 64 * 1024;

t.test('one page below the memory is written as zeros, and no other', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-zero-page-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'memory'), Buffer.alloc(memoryBytes, 7));
  const fd = openSync(join(folder, 'memory'), 'r+');
  t.teardown(() => closeSync(fd));
  const region = u64s(guestBase, memoryBytes, userBase, 0);
  const memory = GuestMemory.map(Buffer.concat([u32s(1, 0), region]), [fd]);
  t.teardown(() => memory.unmap());
  const read = (address: number, lengthBytes: number): Buffer => {
    const parts: Buffer[] = [];
    memory.ofGuestReadOnly(address, lengthBytes, parts);
    return Buffer.concat(parts);
  };
  const outside = /outside the machine's memory/;
  t.strictSame(read(guestBase, 512), Buffer.alloc(512, 7));
  t.throws(() => read(0x2008, 512), outside, 'no page begins there');
  t.strictSame(read(0x2000, 4096), Buffer.alloc(4096));
  t.strictSame(read(0x2000, 512), Buffer.alloc(512));
  t.throws(() => read(0x3000, 4096), outside, 'another page');
  t.throws(() => read(0x2000, 8192), outside, 'more than the page');
  t.throws(() => read(guestBase + memoryBytes, 4096), outside, 'behind the memory');
  t.throws(() => memory.ofGuest(0x2000, 4096, []), outside, 'to be written to by the disk');
});
