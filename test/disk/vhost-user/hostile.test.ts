import fc from 'fast-check';
import t from 'tap';
import { AttackedServer } from '../../../bench/fuzz/attacked-server.js';
import { hostileMachine } from '../../../bench/fuzz/hostile-machine.js';
import { request } from '../../../harness/disk/vhost-user/protocol.js';
import {
  guestBase,
  queueSize,
  type RawDescriptor,
  type RawMachine,
  ring,
  u32s,
  u64s,
} from './raw-machine.js';
import { ServedDisk } from './served-disk.js';

t.test('two thousand hostile machines', { timeout: 120_000 }, (t) => {
  const server = new AttackedServer();
  fc.assert(
    fc.property(hostileMachine, (machine) => server.endure(machine)),
    { numRuns: 2000 },
  );
  server.checkUp();
  server.stop();
  // A generator of which nothing gets through, or nothing is refused, would test nothing.
  t.ok(server.deviceCalls > 2000, `${server.deviceCalls} calls reached the disk`);
  t.ok(server.refusals > 300, `${server.refusals} machines were cut off`);
  t.end();
});

/** What each of these does wrong, and what must be said of it. */
const crimes: Record<string, { commit: (machine: RawMachine) => void; says: RegExp }> = {
  'a chain that loops': {
    commit: chain([
      { address: BigInt(guestBase), length: 16, flags: 1, next: 1 },
      { address: BigInt(guestBase), length: 16, flags: 1, next: 0 },
    ]),
    says: /loop/,
  },
  'a descriptor that is not in the table': {
    commit: chain([{ address: BigInt(guestBase), length: 16, flags: 1, next: queueSize }]),
    says: /descriptor 64 of 64/,
  },
  'memory that is not its own': {
    commit: chain([{ address: 8n, length: 16, flags: 0, next: 0 }]),
    says: /outside the machine's memory/,
  },
  'a length beyond the end of its memory': {
    commit: chain([{ address: BigInt(guestBase), length: 0xffffffff, flags: 0, next: 0 }]),
    says: /outside the machine's memory/,
  },
  'an address that wraps around': {
    commit: chain([{ address: (1n << 64n) - 8n, length: 16, flags: 0, next: 0 }]),
    says: /beyond 2\^53/,
  },
  'an indirect table of odd length': {
    commit: chain([{ address: BigInt(guestBase), length: 17, flags: 4, next: 0 }]),
    says: /indirect table of 17/,
  },
  'an indirect table that goes on': {
    commit: chain([{ address: BigInt(guestBase), length: 16, flags: 5, next: 1 }]),
    says: /wrong place/,
  },
  'a request without a status': {
    commit: chain([{ address: BigInt(guestBase), length: 16, flags: 0, next: 0 }]),
    says: /without a status/,
  },
  'a request without a header': {
    commit: chain([{ address: BigInt(guestBase), length: 1, flags: 2, next: 0 }]),
    says: /without a header/,
  },
  'more requests than the queue holds': {
    commit: (machine) => {
      machine.memory.writeUInt16LE(queueSize + 1, ring.available + 2);
      machine.raiseKick();
    },
    says: /65 requests/,
  },
  'rings outside its memory': {
    commit: (machine) => {
      machine.tell(request.setQueueEnable, u32s(0, 0));
      machine.tell(request.setQueueAddresses, Buffer.concat([u32s(0, 0), u64s(1, 2, 3, 4)]));
      machine.tell(request.setQueueEnable, u32s(0, 1));
    },
    says: /outside the machine's memory/,
  },
  'a queue of three': {
    commit: (machine) => {
      machine.tell(request.setQueueEnable, u32s(0, 0));
      machine.tell(request.setQueueSize, u32s(0, 3));
      machine.tell(request.setQueueEnable, u32s(0, 1));
    },
    says: /power of two/,
  },
  'a region longer than its file': {
    commit: (machine) =>
      machine.tell(request.setMemoryTable, Buffer.concat([u32s(1, 0), u64s(guestBase, 2 ** 30, 0, 0)]), [
        machine.memoryFd,
      ]),
    says: /of a file with less/,
  },
  'regions without descriptors': {
    commit: (machine) =>
      machine.tell(request.setMemoryTable, Buffer.concat([u32s(1, 0), u64s(guestBase, 4096, 0, 0)])),
    says: /1 regions of memory, but 0 descriptors/,
  },
  'features that were not offered': {
    commit: (machine) => machine.tell(request.setFeatures, u64s(1n << 50n)),
    says: /more than were offered/,
  },
  'a payload without end': {
    commit: (machine) => {
      const header = u32s(request.getConfig, 1, 0xffffffff);
      machine.send(header);
    },
    says: /payload of 4294967295 bytes/,
  },
};

for (const [what, { commit, says }] of Object.entries(crimes)) {
  t.test(`cut off: ${what}`, (t) => {
    const served = new ServedDisk();
    const bystander = served.machine();
    bystander.begin();
    const machine = served.machine();
    machine.begin(~0n);
    commit(machine);
    t.match(served.refusals, [says]);
    t.equal(machine.hear(), 'ended');
    t.equal(bystander.do(1, 0, [Buffer.alloc(512, 1)]).status, 0, 'others are served');
    t.same(served.faults, []);
    machine.close();
    bystander.close();
    served.stop();
    t.end();
  });
}

function chain(descriptors: readonly RawDescriptor[]): (machine: RawMachine) => void {
  return (machine) => {
    for (const [nth, each] of descriptors.entries()) machine.writeDescriptor(nth, each);
    machine.makeAvailable(0);
    machine.raiseKick();
  };
}
