import { rmSync } from 'node:fs';

/** A disk that a lane serves to its guest at a socket. */
export interface ServedDisk<Server extends { close(): void }> {
  server: Server;
  socketPath: string;
}

/** Ends them all, and takes them out of the list. */
export function endServing(disks: ServedDisk<{ close(): void }>[]): void {
  for (const { server, socketPath } of disks.splice(0)) {
    server.close();
    rmSync(socketPath, { force: true });
  }
}
