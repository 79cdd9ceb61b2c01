import { toBytePath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import { begunText, SaidLines, type SaidPatterns } from '../trace/said.js';
import type { Ack } from './history.js';

/** Where acks come from. */
export interface AckSource {
  /** What a line of standard output says. */
  stdout: SaidPatterns | null;
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
  readonly begun: Ack[] = [];
  private readonly lines: SaidLines | null;
  private readonly open = new Map<unknown, OpenLine & { role: 'stdout' | 'ack' }>();
  private readonly socketPath: string | null;

  constructor(source: AckSource) {
    this.lines = source.stdout && new SaidLines(source.stdout);
    this.socketPath = source.socket === null ? null : toBytePath(source.socket);
  }

  isAckSocket(path: string | null): boolean {
    return path !== null && path === this.socketPath;
  }

  /** `description` is whatever stands for one open description; standard output is one stream, however often it is opened. */
  push(description: unknown, role: 'stdout' | 'ack', bytes: Buffer, call: Call): void {
    if (role === 'stdout' && !this.lines) return;
    const stream = role === 'stdout' ? role : description;
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

  finish(): { acks: Ack[]; begun: Ack[] } {
    for (const line of this.open.values()) if (line.last) this.take(line, line.role, line.last);
    const inOrder = (list: Ack[]): Ack[] => list.sort((a, b) => a.at - b.at);
    return { acks: inOrder(this.acks), begun: inOrder(this.begun) };
  }

  private take(line: OpenLine, role: 'stdout' | 'ack', call: Call): void {
    const text = Buffer.concat(line.bytes).toString('utf8');
    line.bytes = [];
    line.last = null;
    const said = role === 'ack' ? text : this.lines!.said(text);
    if (said === null) return;
    const begun = begunText(said);
    (begun === null ? this.acks : this.begun).push({
      text: begun ?? said,
      at: call.enter,
      timeNs: call.startNs,
    });
  }
}
