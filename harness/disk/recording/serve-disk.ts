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

/** Serves a disk until the process ends; resolves when it can be connected to. */
export async function serveDisk(
  device: BlockDevice,
  diskSocket: string,
  { diskProtocol, diskId, behaviour }: DiskSetup,
  { writeDelayMs, onFault }: Serving,
): Promise<void> {
  const discard = behaviour.discard !== 'unsupported';
  const writeZeroes = behaviour.write_zeroes;
  if (diskProtocol === 'nbd') {
    await startNbdServer({
      socketPath: diskSocket,
      device,
      features: { flush: true, fua: behaviour.fua, trim: discard, writeZeroes },
      writeDelayMs,
      onFault,
    });
    return;
  }
  const poll = new EventPoll();
  new VhostUserServer({
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
  void poll.run(onFault);
}
