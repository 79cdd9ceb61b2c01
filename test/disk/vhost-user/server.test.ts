/** What a machine is told, and that each request does what virtio says, whatever the chain looks like. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { BlockIoError } from '../../../harness/disk/block-device.js';
import { feature, request } from '../../../harness/disk/vhost-user/protocol.js';
import { u32s, u64s } from './raw-machine.js';
import { ServedDisk } from './served-disk.js';

const read = 0;
const write = 1;
const flush = 4;
const getId = 8;
const discard = 11;
const writeZeroes = 13;
const bytes = (fill: number, sectors: number): Buffer => Buffer.alloc(512 * sectors, fill);
const range = (sector: number, sectors: number, flags = 0): Buffer =>
  Buffer.concat([u64s(sector), u32s(sectors, flags)]);

t.test('the configuration space has capacity, segments, block size and the limits of discards', (t) => {
  const served = new ServedDisk({
    sizeBytes: 4096 * 100,
    features: { flush: true, discard: true, writeZeroes: true, logicalBlockBytes: 4096 },
  });
  const machine = served.machine();
  const config = machine.ask(request.getConfig, Buffer.concat([u32s(0, 60, 0), Buffer.alloc(60)]));
  t.equal(config.length, 72, 'as long as the question');
  const space = config.subarray(12);
  t.equal(space.readBigUInt64LE(0), 800n, 'sectors of 512');
  t.equal(space.readUInt32LE(12), 126, 'segments');
  t.equal(space.readUInt32LE(20), 4096, 'logical block');
  t.equal(space.readUInt32LE(44), 8, 'discards in whole blocks');
  const part = machine.ask(request.getConfig, Buffer.concat([u32s(20, 4, 0), Buffer.alloc(4)]));
  t.equal(part.readUInt32LE(12), 4096);
  const features = machine.ask(request.getFeatures).readBigUInt64LE();
  for (const each of [feature.flush, feature.discard, feature.writeZeroes, feature.blockSize])
    t.ok(features & each);
  machine.close();
  served.stop();
  t.end();
});

t.test('what the disk does not do is not offered, and refused all the same', (t) => {
  const served = new ServedDisk({ features: { flush: false, discard: false, writeZeroes: false } });
  const machine = served.machine();
  machine.begin();
  const features = machine.ask(request.getFeatures).readBigUInt64LE();
  t.equal(features & (feature.flush | feature.discard | feature.writeZeroes), 0n);
  t.equal(machine.do(discard, 0, [range(0, 8)]).status, 2);
  t.equal(machine.do(writeZeroes, 0, [range(0, 8)]).status, 2);
  t.same(served.disk.calls, []);
  machine.close();
  served.stop();
  t.end();
});

for (const [name, options] of [
  ['direct', {}],
  ['indirect', { indirect: true }],
] as const) {
  t.test(`reads and writes of one and of several segments, ${name} descriptors`, (t) => {
    const served = new ServedDisk();
    const machine = served.machine();
    machine.begin(~0n);
    t.match(machine.do(write, 3, [bytes(1, 2)], options), { status: 0, usedBytes: 1 });
    t.match(machine.do(write, 8, [bytes(2, 1), bytes(3, 3), bytes(4, 1)], options), { status: 0 });
    const found = machine.do(read, 8, [512, 2048], options);
    t.equal(found.usedBytes, 2561);
    t.ok(found.data.equals(served.disk.content.subarray(4096, 4096 + 2560)));
    t.equal(served.disk.content[4096 + 512], 3);
    t.same(served.disk.calls, ['write 1536+1024', 'write 4096+2560', 'read 4096+2560'], 'one call a request');
    machine.close();
    served.stop();
    t.end();
  });
}

t.test('header, data and status may lie in the segments in any way', (t) => {
  const served = new ServedDisk();
  const machine = served.machine();
  machine.begin();
  // Header cut in two, the second half with the data; then a read whose status shares the data's segment.
  const header = Buffer.concat([u32s(write, 0), u64s(5)]);
  machine.offer([header.subarray(0, 7), Buffer.concat([header.subarray(7), bytes(9, 1)]), 1]);
  machine.raiseKick();
  t.match(machine.takeUsed(), { usedBytes: 1 });
  t.equal(served.disk.content[5 * 512], 9);
  const { places } = machine.offer([Buffer.concat([u32s(read, 0), u64s(5)]), 200, 313]);
  machine.raiseKick();
  t.match(machine.takeUsed(), { usedBytes: 513 });
  t.equal(machine.memory[places[1]!], 9);
  t.equal(machine.memory[places[2]! + 311], 9);
  t.equal(machine.memory[places[2]! + 312], 0, 'the status');
  machine.close();
  served.stop();
  t.end();
});

t.test('flush, discard, zeros and the id', (t) => {
  const served = new ServedDisk();
  const machine = served.machine();
  machine.begin();
  machine.do(write, 0, [bytes(7, 64)]);
  t.equal(machine.do(flush, 0, []).status, 0);
  t.equal(machine.do(discard, 0, [Buffer.concat([range(0, 8), range(16, 8)])]).status, 0);
  t.equal(machine.do(writeZeroes, 0, [range(32, 8, 1)]).status, 0);
  t.same(served.disk.calls.slice(1), ['flush', 'discard 0+4096', 'discard 8192+4096', 'zero 16384+4096']);
  t.equal(machine.do(discard, 0, [range(0, 8, 1)]).status, 2, 'a discard knows no flags');
  const id = machine.do(getId, 0, [20]);
  t.equal(id.data.toString().replace(/\0+$/, ''), 'disk-one');
  machine.close();
  served.stop();
  t.end();
});

t.test('what lies outside, or is no whole block, fails and reaches no device', (t) => {
  const served = new ServedDisk({ sizeBytes: 64 * 512 });
  const machine = served.machine();
  machine.begin();
  for (const [sector, parts] of [
    [64, [512]],
    [63, [1024]],
    [(1n << 64n) - 1n, [512]],
    [1n << 55n, [512]],
    [0, [100]],
    [0, []],
  ] as const)
    t.equal(machine.do(read, sector, parts).status, 1, `${sector} ${parts.join()}`);
  t.equal(machine.do(write, 64, [bytes(1, 1)]).status, 1);
  t.equal(machine.do(discard, 0, [range(63, 2)]).status, 1);
  t.equal(machine.do(99, 0, []).status, 2, 'an unknown type');
  t.same(served.disk.calls, []);
  t.equal(served.refusals.length, 0, 'and the machine is served on');
  machine.close();
  served.stop();
  t.end();
});

t.test('an error of the disk fails its request; a fault of ours does too, and is told', (t) => {
  const served = new ServedDisk();
  const machine = served.machine();
  machine.begin();
  served.disk.failure = new BlockIoError('EIO');
  t.equal(machine.do(write, 0, [bytes(1, 1)]).status, 1);
  t.same(served.faults, []);
  served.disk.failure = new Error('a mistake');
  t.match(machine.do(read, 0, [512]), { status: 1, usedBytes: 1 });
  t.match(served.faults, [/a mistake/]);
  machine.close();
  served.stop();
  t.end();
});

t.test('a machine is called when it wants to be', (t) => {
  const served = new ServedDisk();
  const machine = served.machine();
  machine.begin(~0n);
  const calls = (): number => machine.drainCalls();
  machine.do(read, 0, [512]);
  t.equal(calls(), 1);
  // used_event beyond what will be used: silence.
  machine.waitForUsed(3);
  machine.do(read, 0, [512]);
  machine.do(read, 0, [512]);
  t.equal(calls(), 0);
  machine.do(read, 0, [512]);
  t.equal(calls(), 1);
  machine.close();
  served.stop();
  t.end();
});

t.test('requests that are there together: flushes run first, and one call tells of all', (t) => {
  const served = new ServedDisk();
  const machine = served.machine();
  machine.begin();
  machine.drainCalls();
  const head = (type: number): Buffer => Buffer.concat([u32s(type, 0), u64s(0)]);
  machine.offer([head(write), bytes(1, 1), 1]);
  machine.offer([head(flush), 1]);
  machine.raiseKick();
  t.same(served.disk.calls, ['flush', 'write 0+512']);
  t.equal(machine.drainCalls(), 1);
  machine.close();
  served.stop();
  t.end();
});

t.test(
  'slow writes are held, flushes and reads overtake them; what is held is done before the queue stops',
  async (t) => {
    let delay = 500;
    const served = new ServedDisk({ writeDelayMs: () => delay });
    const machine = served.machine();
    machine.begin();
    const head = (type: number, sector: number): Buffer => Buffer.concat([u32s(type, 0), u64s(sector)]);
    const { places } = machine.offer([head(write, 2), bytes(5, 1), 1]);
    machine.raiseKick();
    t.equal(machine.do(flush, 0, []).status, 0);
    t.same(served.disk.calls, ['flush']);
    // What the machine does to the memory meanwhile changes nothing.
    machine.memory.fill(6, places[1]!, places[1]! + 512);
    // Nothing comes of itself while this thread does not wait, however long the machine pauses.
    await sleep(delay + 100);
    t.match(machine.takeUsed(), { usedBytes: 1 });
    t.equal(served.disk.content[1024], 5);

    delay = 60_000;
    machine.offer([head(write, 4), bytes(8, 1), 1]);
    machine.raiseKick();
    t.equal(served.disk.calls.length, 2);
    const base = machine.ask(request.getQueueBase, u32s(0, 0));
    t.equal(base.readUInt32LE(4), 3, 'requests taken so far');
    t.equal(served.disk.content[2048], 8);
    machine.close();
    served.stop();
  },
);

t.test('a queue goes on where it stopped, in memory that is mapped anew', (t) => {
  const served = new ServedDisk();
  const machine = served.machine();
  machine.begin();
  machine.do(write, 0, [bytes(1, 1)]);
  machine.tellMemory();
  t.equal(machine.do(read, 0, [512]).data[0], 1);
  machine.tell(request.setQueueEnable, u32s(0, 0));
  machine.offer([Buffer.concat([u32s(write, 0), u64s(1)]), bytes(2, 1), 1]);
  machine.raiseKick();
  t.equal(machine.takeUsed(), null, 'disabled: nothing is done');
  machine.tell(request.setQueueEnable, u32s(0, 1));
  t.ok(machine.takeUsed());
  t.equal(served.disk.content[512], 2);
  machine.close();
  served.stop();
  t.end();
});

t.test('a machine that goes away leaves nothing behind', (t) => {
  const served = new ServedDisk();
  const machine = served.machine();
  machine.begin();
  t.equal(served.server.machines, 1);
  machine.close();
  t.equal(served.server.machines, 0);
  t.same(served.refusals, []);
  served.stop();
  t.end();
});
