import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AckServer } from '../../harness/contract/tracing/ack-server.js';
import { PowerSwitch } from '../../harness/disk/power-switch.js';
import { AckDesk } from '../../harness/disk/recording/ack-desk.js';
import { serveAcks } from '../../harness/disk/recording/ack-socket.js';
import type { HostileAcker } from './hostile-acker.js';

/** A server that takes longer than this to let a client go hangs. */
const patienceMs = 20_000;
/** As long as a line without its end may get; who sends more is cut off. */
const maxLineCharacters = 64 * 1024;

/**
 * Both ack sockets, the recorded disk's and the contract engine's, under hostile givers. Of what one sent, the complete
 * lines are acks, in their order, up to where it was cut off; each is answered once.
 */
export class HarassedAckServers {
  #stamped: string[] = [];
  /** Acks that were stamped, of all givers. */
  acks = 0;

  private constructor(
    private readonly folder: string,
    private readonly stop: () => void,
  ) {}

  static async start(): Promise<HarassedAckServers> {
    const folder = mkdtempSync(join(tmpdir(), 'plugpull-acks-'));
    const desk: AckDesk = new AckDesk(
      new PowerSwitch(undefined, () => {}),
      { mark: (text) => servers.#stamped.push(text), entryCount: 0 },
      () => '0',
      (message) => {
        // The snapshot takes a moment.
        if (message.type === 'ack') setImmediate(() => desk.snapshotTaken(message.ack));
      },
    );
    const ofDisk = await serveAcks(join(folder, 'disk.sock'), desk);
    const ofCalls = await AckServer.listen(join(folder, 'calls.sock'));
    const servers = new HarassedAckServers(folder, () => {
      ofDisk.close();
      ofCalls.close();
      rmSync(folder, { recursive: true, force: true });
    });
    return servers;
  }

  /** Throws unless both bear it, and count what they have to. */
  async endure({ chunks, leaves }: HostileAcker): Promise<void> {
    const { lines, cut } = linesOf(chunks);
    this.#stamped = [];
    const answers = await giveAll(join(this.folder, 'disk.sock'), { chunks, leaves });
    const stamped = [...this.#stamped];
    this.acks += stamped.length;
    if (stamped.some((text, nth) => text !== lines[nth])) throw new Error('an ack that nobody gave');
    if (leaves === 'end' && !cut) {
      if (stamped.length !== lines.length)
        throw new Error(`${stamped.length} acks of ${lines.length} were stamped`);
      if (answers !== 'ok\n'.repeat(lines.length))
        throw new Error(`answers ${JSON.stringify(answers.slice(-99))}`);
    }
    const told = await giveAll(join(this.folder, 'calls.sock'), { chunks, leaves });
    const newlines = chunks.reduce((sum, chunk) => sum + chunk.filter((byte) => byte === 10).length, 0);
    if (leaves === 'end' && told !== 'ok\n'.repeat(newlines))
      throw new Error(`the contract engine's socket answered ${told.length / 3} of ${newlines} acks`);
  }

  close(): void {
    this.stop();
  }
}

/** The complete lines of what is sent, and whether somebody who sends it may be cut off for a line that does not end. */
function linesOf(chunks: readonly Buffer[]): { lines: string[]; cut: boolean } {
  const lines = Buffer.concat(chunks).toString('utf8').split('\n');
  const cut = lines.some(({ length }) => length > maxLineCharacters);
  lines.pop();
  return { lines, cut };
}

/** What was answered. */
async function giveAll(path: string, { chunks, leaves }: HostileAcker): Promise<string> {
  const socket = connect(path);
  // Being cut off is what a hostile client has to expect.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  let answers = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answers += text;
  });
  for (const chunk of chunks) if (!socket.destroyed) socket.write(chunk);
  if (leaves === 'end') socket.end();
  else socket.destroy();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the server keeps the connection')), patienceMs);
  });
  await Promise.race([closed, late]).finally(() => clearTimeout(timer));
  return answers;
}
