import { once } from 'node:events';
import { createServer } from 'node:net';
import { UsageError } from '../../verdict/errors.js';
import { type BlockDevice, sectorBytes } from '../block-device.js';
import { Connection, type NbdConnection } from './connection.js';
import { type NbdFeatures, transmissionFlags } from './features.js';
import type { NbdExport } from './handshake.js';

export interface NbdServerOptions {
  /** Path of the unix socket to make. It must not exist. */
  socketPath: string;
  device: BlockDevice;
  /** The one export's name; clients that name none get it too. Default: the empty name. */
  exportName?: string;
  features: NbdFeatures;
  /** Longest READ and WRITE. Default: 32 MiB, what clients assume where they are told nothing. */
  maxRequestBytes?: number;
  /** Milliseconds that a write takes until it reaches the device and is answered, now. Default: none. */
  writeDelayMs?: () => number;
  onConnection?: (connection: NbdConnection) => void;
  /** Gets what the device threw that was no BlockIoError: a fault of this program, which the client sees as EIO. */
  onFault: (fault: unknown) => void;
}

export interface NbdServer {
  readonly socketPath: string;
  /** Those open now. */
  readonly connections: ReadonlySet<NbdConnection>;
  /** Cuts every connection, removes the socket, and settles when nothing of it is left. */
  close(): Promise<void>;
}

const preferredBlockBytes = 4096;
/** nbdfuse opens four and QEMU one; each may hold two payloads in memory. */
const maxConnections = 64;
/** sockaddr_un has 108 bytes, a NUL among them; a longer path is cut without an error. */
const maxSocketPathBytes = 107;

/**
 * Serves a block device over NBD on a unix socket (protocol.ts has what is spoken).
 *
 * Whatever a client sends, the server goes on serving the others and holds a bounded amount of memory. Requests
 * run one at a time in the order they arrive, but for flushes (../batch-order.ts) and slow writes (../held-writes.ts), and
 * each is run to its end when its reply is sent, so what the device is called with is the order of the recording.
 *
 * Requests run on this process's only thread: it must never itself touch a file system on the disk it serves.
 */
export async function startNbdServer(options: NbdServerOptions): Promise<NbdServer> {
  const {
    socketPath,
    device,
    features,
    exportName = '',
    maxRequestBytes = 32 * 1024 * 1024,
    writeDelayMs = () => 0,
  } = options;
  if (Buffer.byteLength(socketPath) > maxSocketPathBytes) {
    throw new UsageError(
      `${socketPath}: expected a socket path of at most ${maxSocketPathBytes} bytes, found ${Buffer.byteLength(socketPath)}; use a shorter folder (TMPDIR)`,
    );
  }
  for (const [what, bytes] of Object.entries({ 'device size': device.sizeBytes, maxRequestBytes })) {
    if (bytes <= 0 || bytes % sectorBytes !== 0) {
      throw new RangeError(
        `${what} of an NBD server: whole sectors of ${sectorBytes} bytes, not ${bytes} bytes`,
      );
    }
  }
  const exported: NbdExport = {
    name: exportName,
    sizeBytes: device.sizeBytes,
    transmissionFlags: transmissionFlags(features),
    blockSize: {
      minimum: sectorBytes,
      preferred: Math.min(preferredBlockBytes, maxRequestBytes),
      maximum: maxRequestBytes,
    },
  };
  const limits = { sizeBytes: device.sizeBytes, maxRequestBytes, blockBytes: sectorBytes, features };
  const connections = new Set<NbdConnection>();
  let lastId = 0;
  const server = createServer((socket) => {
    const connection = new Connection({
      id: ++lastId,
      socket,
      device,
      exported,
      limits,
      writeDelayMs,
      onFault: options.onFault,
    });
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
    options.onConnection?.(connection);
  });
  server.maxConnections = maxConnections;
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    socketPath,
    connections,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}
