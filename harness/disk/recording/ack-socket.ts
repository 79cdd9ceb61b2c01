import { createServer, type Server, type Socket } from 'node:net';
import type { AckDesk } from './ack-desk.js';

/** Longest ack text; a client that sends more without a newline is cut off. */
const maxLineBytes = 64 * 1024;

/** The ack socket: one UTF-8 line an ack, answered `ok` or `cut` once it is stamped. */
export function serveAcks(socketPath: string, desk: AckDesk): Promise<Server> {
  const server = createServer((socket) => serveClient(socket, desk));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The workload may run as anybody; who may come near is the folder's to say.
    server.listen({ path: socketPath, writableAll: true }, () => resolve(server));
  });
}

function serveClient(socket: Socket, desk: AckDesk): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    rest += text;
    const lines = rest.split('\n');
    rest = lines.pop()!;
    if (rest.length > maxLineBytes) socket.destroy();
    for (const line of lines) {
      desk.give(line, 'socket', (answer) => {
        if (socket.writable) socket.write(`${answer}\n`);
      });
    }
  });
}
