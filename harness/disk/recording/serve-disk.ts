import { EventPoll } from '../../attach/event-poll.js';
import type { BlockDevice } from '../block-device.js';
import { startNbdServer } from '../nbd/server.js';
import { VhostUserServer } from '../vhost-user/server.js';
import type { DiskSetup } from './messages.js';

interface Serving {
  /** Milliseconds that a write takes, now. */
  writeDelayMs: () => number;
  onFault: (fault: unknown) => void;
}

/** Serves a disk; resolves when it can be connected to. */
export async function serveDisk(
  device: BlockDevice,
  diskSocket: string,
  { diskProtocol, diskId, behaviour }: DiskSetup,
  { writeDelayMs, onFault }: Serving,
): Promise<{ close(): Promise<void> }> {
  const discard = behaviour.discard !== 'unsupported';
  const writeZeroes = behaviour.write_zeroes;
  if (diskProtocol === 'nbd') {
    return startNbdServer({
      socketPath: diskSocket,
      device,
      features: { flush: true, fua: behaviour.fua, trim: discard, writeZeroes },
      writeDelayMs,
      onFault,
    });
  }
  const poll = new EventPoll();
  const server = new VhostUserServer({
    socketPath: diskSocket,
    poll,
    device,
    id: diskId,
    // Virtio has no FUA: the machine sends a flush instead.
    features: { flush: true, discard, writeZeroes },
    writeDelayMs,
    onRefusal: (reason) => onFault(new Error(`the machine broke the rules of vhost-user: ${reason}`)),
    onFault,
  });
  const running = poll.run(onFault);
  return {
    close() {
      server.close();
      poll.close();
      return running;
    },
  };
}
