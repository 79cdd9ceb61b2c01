import { closeSync, openSync, readdirSync } from 'node:fs';
import { eventCounter } from '../../harness/attach/event-poll.js';
import { pipe } from '../../harness/attach/libc.js';
import { message, type RawMachine } from '../../test/disk/vhost-user/raw-machine.js';
import { ServedDisk } from '../../test/disk/vhost-user/served-disk.js';
import { attackedDisk, type HostileMachine, type Misdeed, type Passed } from './hostile-machine.js';

const goodMachineEvery = 50;

/** A vhost-user server that is treated badly, and whether it bears it. */
export class AttackedServer {
  #served = new ServedDisk(attackedDisk);
  #sessions = 0;
  #descriptors = openDescriptors();
  deviceCalls = 0;
  refusals = 0;

  /**
   * Lets one hostile machine have its way. Throws unless the server is then rid of it, without a fault, without a
   * descriptor left over, and without asking the device for anything that is not whole sectors inside it. Every so
   * often a good machine must be served as ever. After a failure a fresh server takes over.
   */
  endure(machine: HostileMachine): void {
    try {
      this.#endure(machine);
    } catch (error) {
      this.#served = new ServedDisk(attackedDisk);
      this.#descriptors = openDescriptors();
      throw error;
    }
  }

  stop(): void {
    this.#served.stop();
  }

  #endure({ begins, misdeeds }: HostileMachine): void {
    const served = this.#served;
    const machine = served.machine();
    if (begins) machine.begin(~0n);
    for (const misdeed of misdeeds) {
      try {
        commit(machine, misdeed);
      } catch (error) {
        // Being cut off is what a hostile machine has to expect.
        if (!['EPIPE', 'ECONNRESET', 'EAGAIN'].includes((error as NodeJS.ErrnoException).code ?? ''))
          throw error;
      }
    }
    machine.close();
    if (served.faults.length > 0) throw served.faults[0];
    if (served.server.machines > 0) throw new Error('the server keeps the machine');
    this.deviceCalls += served.disk.calls.splice(0).length;
    this.refusals += served.refusals.splice(0).length;
    if (++this.#sessions % goodMachineEvery === 0) this.checkUp();
  }

  /** Throws unless a good machine is served and no descriptor is left. */
  checkUp(): void {
    const machine = this.#served.machine();
    machine.begin();
    const data = Buffer.alloc(1024, this.#sessions);
    const header = machine.do(1, 3, [data]);
    const found = machine.do(0, 3, [512, 512]);
    if (header.status !== 0 || found.status !== 0 || !found.data.equals(data))
      throw new Error('a good machine is served badly');
    machine.close();
    const left = openDescriptors() - this.#descriptors;
    if (left > 0) throw new Error(`${left} descriptors are left open`);
  }
}

function commit(machine: RawMachine, misdeed: Misdeed): void {
  switch (misdeed.do) {
    case 'say': {
      const { which, payload, flags, lengthBytes, passes } = misdeed;
      const passed = passes.map(open(machine));
      try {
        machine.send(
          message(which, payload, flags, lengthBytes),
          passed.map(({ fd }) => fd),
        );
      } finally {
        for (const { close } of passed) close();
      }
      while (Buffer.isBuffer(machine.hear()));
      break;
    }
    case 'request': {
      const { type, sector, parts, indirect } = misdeed;
      const header = Buffer.alloc(16);
      header.writeUInt32LE(type);
      header.writeBigUInt64LE(sector, 8);
      // Readable parts first, as virtio wants it.
      const readable = parts.filter(Buffer.isBuffer);
      const writable = parts.filter((part) => typeof part === 'number');
      machine.offer([header, ...readable, ...writable, 1], { indirect });
      machine.raiseKick();
      while (machine.takeUsed());
      break;
    }
    case 'chain':
      for (const [nth, each] of misdeed.descriptors.entries()) machine.writeDescriptor(nth, each);
      machine.makeAvailable(misdeed.head);
      machine.raiseKick();
      break;
    case 'scribble':
      misdeed.bytes.copy(machine.memory, misdeed.at);
      break;
    case 'kick':
      machine.raiseKick();
      break;
  }
}

function open(machine: RawMachine): (kind: Passed) => { fd: number; close: () => void } {
  return (kind) => {
    switch (kind) {
      case 'memory':
        return { fd: machine.memoryFd, close: () => {} };
      case 'event': {
        const fd = eventCounter();
        return { fd, close: () => closeSync(fd) };
      }
      case 'empty file': {
        const fd = openSync('/dev/null', 'r+');
        return { fd, close: () => closeSync(fd) };
      }
      case 'pipe': {
        const [output, input] = pipe();
        closeSync(output);
        return { fd: input, close: () => closeSync(input) };
      }
    }
  };
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
