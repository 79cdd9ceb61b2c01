import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NbdServer, type NbdServerOptions, startNbdServer } from '../../../harness/disk/nbd/server.js';
import { MemoryDisk } from './memory-disk.js';

export const everyFeature = { flush: true, fua: true, trim: true, writeZeroes: true };

export interface ServedDisk {
  disk: MemoryDisk;
  server: NbdServer;
  socketPath: string;
  /** What reached onFault. */
  faults: unknown[];
  stop(): Promise<void>;
}

/** A memory disk behind a server, on a socket in a folder of its own (a test's folder may be too long a path). */
export async function serveMemoryDisk(
  options: Partial<NbdServerOptions> & { sizeBytes?: number } = {},
): Promise<ServedDisk> {
  const { sizeBytes = 1024 * 1024, ...serverOptions } = options;
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-nbd-'));
  const socketPath = join(folder, 's');
  const disk = new MemoryDisk(sizeBytes);
  const faults: unknown[] = [];
  const server = await startNbdServer({
    socketPath,
    device: disk,
    features: everyFeature,
    onFault: (fault) => faults.push(fault),
    ...serverOptions,
  });
  return {
    disk,
    server,
    socketPath,
    faults,
    async stop() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
