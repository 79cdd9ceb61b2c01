import { createServer, type Socket } from 'node:net';
import type { AckDesk } from './ack-desk.js';

/** Longest ack text; a client that sends more without a newline is cut off. */
const maxLineBytes = 64 * 1024;

/** Acks of one client that may wait for their answer; what it sends beyond them is left in the socket. */
const mostWaiting = 64;

/** The ack socket: one UTF-8 line an ack, answered `ok` or `cut` once it is stamped. */
export function serveAcks(socketPath: string, desk: AckDesk): Promise<AckSocket> {
  const clients = new Set<Socket>();
  // Who sends no more still waits for its answers: until then its next step must not begin.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
    serveClient(socket, desk);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const client of clients) client.destroy();
    });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The workload may run as anybody; who may come near is the folder's to say.
    server.listen({ path: socketPath, writableAll: true }, () => resolve({ close }));
  });
}

export interface AckSocket {
  /** Cuts off whoever is connected still, and removes the socket. */
  close(): Promise<void>;
}

function serveClient(socket: Socket, desk: AckDesk): void {
  let rest = '';
  let waiting = 0;
  let unread = false;
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  let over = false;
  const endIfDone = (): void => {
    if (over && waiting === 0) socket.end();
  };
  socket.on('end', () => {
    over = true;
    endIfDone();
  });
  socket.on('data', (text: string) => {
    rest += text;
    const lines = rest.split('\n');
    rest = lines.pop()!;
    if (rest.length > maxLineBytes) socket.destroy();
    for (const line of lines) {
      waiting++;
      desk.give(line, 'socket', (answer) => {
        waiting--;
        if (socket.writable && !socket.write(`${answer}\n`)) unread = true;
        if (!unread && waiting < mostWaiting) socket.resume();
        endIfDone();
      });
    }
    if (unread || waiting >= mostWaiting) socket.pause();
  });
  // Who does not read its answers is not listened to until it does.
  socket.on('drain', () => {
    unread = false;
    if (waiting < mostWaiting) socket.resume();
  });
}
