/** A trace of which one bit changed is refused by name; holes and zeros are the same; older traces have no checksums. */

import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { blockChecksum, checksumsOf, refuseDamage } from '../../harness/attach/trace-checksums.js';
import type { Manifest } from '../../harness/trace/manifest.js';

t.test('one bit of any file', async (t) => {
  const names = ['base.img', 'disk.log', 'events.ndjson', 'payload.bin', 'calls.strace'];
  const content = Buffer.from('0123456789'.repeat(1000));
  const folder = t.testdir({
    ...Object.fromEntries(names.map((name) => [name, content])),
    'workload.out': 'for people',
  });
  const checksums = checksumsOf(folder);
  const manifest = { checksums } as Manifest;
  t.strictSame(Object.keys(checksums).sort(), [...names].sort());
  t.doesNotThrow(() => refuseDamage(folder, manifest));
  for (const name of names) {
    const path = join(folder, name);
    const flipped = Buffer.from(content);
    flipped[7001]! ^= 4;
    writeFileSync(path, flipped);
    t.throws(() => refuseDamage(folder, manifest), {
      name: 'UsageError',
      message: new RegExp(`^${path}: damaged`),
    });
    t.doesNotThrow(() => refuseDamage(folder, {} as Manifest), 'an older trace');
    rmSync(path);
    t.throws(() => refuseDamage(folder, manifest), { message: new RegExp(`expected ${path}, found none`) });
    writeFileSync(path, content);
  }
  t.doesNotThrow(() => refuseDamage(folder, manifest));
});

t.test('the checksum is what it is said to be, whatever is a hole', async (t) => {
  const folder = t.testdir();
  const mebi = 2 ** 20;
  const [holes, zeros, longer] = ['holes', 'zeros', 'longer'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const bytes = Buffer.alloc(3 * mebi + 10);
  bytes.fill(1, 5000, 5010);
  bytes.fill(2, 2 * mebi);
  writeFileSync(zeros, bytes);
  writeFileSync(longer, Buffer.concat([bytes, Buffer.alloc(1)]));
  const fd = openSync(holes, 'w');
  ftruncateSync(fd, bytes.length);
  writeSync(fd, bytes, 4096, 4096, 4096);
  writeSync(fd, bytes, 2 * mebi, bytes.length - 2 * mebi, 2 * mebi);
  closeSync(fd);
  const expected = createHash('sha256');
  const number = Buffer.alloc(8);
  for (let at = 0; at < bytes.length; at += 4096) {
    const block = bytes.subarray(at, at + 4096);
    if (block.every((byte) => byte === 0)) continue;
    number.writeBigUInt64LE(BigInt(at / 4096));
    expected.update(number).update(block);
  }
  number.writeBigUInt64LE(BigInt(bytes.length));
  t.equal(blockChecksum(zeros), expected.update(number).digest('hex'));
  t.equal(blockChecksum(holes), blockChecksum(zeros));
  t.not(blockChecksum(longer), blockChecksum(zeros), 'the length counts');
  t.equal(readFileSync(holes).equals(bytes), true);
});

t.test('a file of 1 TiB with little in it takes no time', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'huge');
  const fd = openSync(path, 'w');
  ftruncateSync(fd, 2 ** 40);
  writeSync(fd, 'x', 2 ** 39);
  closeSync(fd);
  t.match(blockChecksum(path), /^[0-9a-f]{64}$/);
});
