import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { cmd, fua, RawClient } from '../../test/disk/nbd/raw-client.js';
import { type ServedDisk, serveMemoryDisk } from '../../test/disk/nbd/served-disk.js';
import { fuzzedDisk, type HostileSession } from './hostile-session.js';

/** A server that takes longer than this to let a client go hangs. */
const patienceMs = 10_000;
/** Far more than a server of this disk needs, far less than one that keeps what it is sent. */
const maxHeldBytes = 128 * 1024 * 1024;
const goodClientEvery = 50;

/** An NBD server that is treated badly, and whether it bears it. */
export class FuzzedServer {
  #sessions = 0;

  private constructor(public served: ServedDisk) {}

  static async start(): Promise<FuzzedServer> {
    return new FuzzedServer(await serveMemoryDisk(fuzzedDisk));
  }

  /**
   * Lets one hostile client have its way and throws unless the server then lets it go, without a fault and
   * without asking the device for anything that is not whole sectors inside it. Every so often a good client
   * must be served as ever. After a failure a fresh server takes over: what one session broke must not fail the
   * smaller ones that are tried next.
   */
  async endure(session: HostileSession): Promise<void> {
    try {
      await this.#endure(session);
    } catch (error) {
      await this.served.stop();
      this.served = await serveMemoryDisk(fuzzedDisk);
      throw error;
    }
  }

  async #endure(session: HostileSession): Promise<void> {
    const { served } = this;
    served.disk.calls.length = 0;
    await misbehave(served.socketPath, session);
    for (const { closed } of served.server.connections)
      await inTime(closed, 'the server keeps the connection');
    if (served.faults.length > 0) throw served.faults[0];
    if (++this.#sessions % goodClientEvery === 0) await this.checkUp();
  }

  /** Throws unless a good client is served, and memory is bounded. */
  async checkUp(): Promise<void> {
    await inTime(useDisk(this.served.socketPath), 'a good client waits');
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers > maxHeldBytes) throw new Error(`buffers of ${arrayBuffers} bytes are held`);
  }

  async stop(): Promise<void> {
    await this.served.stop();
  }
}

async function misbehave(socketPath: string, { chunks, leaves }: HostileSession): Promise<void> {
  const socket = connect(socketPath);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // Being cut off is what a hostile client has to expect.
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (leaves === 'end') socket.resume();
  for (const chunk of chunks) {
    if (socket.destroyed) break;
    socket.write(chunk);
    // So that the server sees this chunk by itself.
    await nextTurn();
  }
  if (leaves === 'end') socket.end();
  else socket.destroy();
  await inTime(closed, 'the server does not close');
}

/** Connects, writes, flushes, reads back. */
async function useDisk(socketPath: string): Promise<void> {
  const client = await RawClient.go(socketPath, fuzzedDisk.exportName);
  const data = Buffer.from(Array.from({ length: 4096 }, () => Math.trunc(Math.random() * 256)));
  const written = await client.ask({ command: cmd.write, offset: 8192, data, flags: fua });
  const flushed = await client.ask({ command: cmd.flush });
  const read = await client.ask({ command: cmd.read, offset: 8192, length: data.length });
  client.close();
  if (written.error || flushed.error || !read.data.equals(data))
    throw new Error('a good client is served badly');
}

async function inTime<T>(work: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} after ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
