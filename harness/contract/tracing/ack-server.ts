import { unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** Answers `ok` to every line on a unix socket. Which ack was given, and when, is read from the trace. */
export class AckServer {
  private constructor(
    private readonly server: Server,
    readonly path: string,
  ) {}

  static async listen(path: string): Promise<AckServer> {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes) => {
        const lines = bytes.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
        // Who does not read its answers is not listened to until it does.
        if (lines > 0 && !socket.write('ok\n'.repeat(lines))) socket.pause();
      });
      socket.on('drain', () => socket.resume());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // The workload may run as anybody; who may come near is the folder's to say.
      server.listen({ path, writableAll: true }, () => resolve());
    });
    server.unref();
    return new AckServer(server, path);
  }

  close(): void {
    this.server.close();
    try {
      unlinkSync(this.path);
    } catch {
      // Node removes the socket itself when the server closes.
    }
  }
}
