import { toBytePath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import type { Ack } from './history.js';

/** Where acks come from. */
export interface AckSource {
  /** Each line of standard output it matches is an ack; capture group 1, else the whole match, is its text. */
  stdout: RegExp | null;
  /** Absolute path of the PLUGPULL_ACK socket; each line sent to it is an ack. */
  socket: string | null;
}

interface OpenLine {
  bytes: Buffer[];
  last: Call | null;
}

/**
 * Cuts what was written to a stream into lines and places an ack at the call that ended its line. A line without an
 * end counts at the last call that wrote to it once the run is over: late, so it can only miss, never accuse falsely.
 */
export class AckStream {
  readonly acks: Ack[] = [];
  private readonly open = new Map<unknown, OpenLine & { role: 'stdout' | 'ack' }>();
  private readonly socketPath: string | null;

  constructor(private readonly source: AckSource) {
    this.socketPath = source.socket === null ? null : toBytePath(source.socket);
  }

  isAckSocket(path: string | null): boolean {
    return path !== null && path === this.socketPath;
  }

  /** `stream` is whatever stands for one open description. */
  push(stream: unknown, role: 'stdout' | 'ack', bytes: Buffer, call: Call): void {
    if (role === 'stdout' && !this.source.stdout) return;
    let line = this.open.get(stream);
    if (!line) {
      line = { bytes: [], last: null, role };
      this.open.set(stream, line);
    }
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0) break;
      line.bytes.push(bytes.subarray(start, end));
      this.take(line, role, call);
      start = end + 1;
    }
    if (start < bytes.length) {
      line.bytes.push(bytes.subarray(start));
      line.last = call;
    }
  }

  finish(): Ack[] {
    for (const line of this.open.values()) if (line.last) this.take(line, line.role, line.last);
    return this.acks.sort((a, b) => a.at - b.at);
  }

  private take(line: OpenLine, role: 'stdout' | 'ack', call: Call): void {
    const text = Buffer.concat(line.bytes).toString('utf8');
    line.bytes = [];
    line.last = null;
    if (role === 'ack') {
      this.acks.push({ text, at: call.enter, timeNs: call.startNs });
      return;
    }
    const match = this.source.stdout!.exec(text.replace(/\r$/, ''));
    if (match) this.acks.push({ text: match[1] ?? match[0], at: call.enter, timeNs: call.startNs });
  }
}
