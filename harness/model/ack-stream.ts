import { toBytePath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import { begunText, OpenLine, SaidLines, type SaidPatterns } from '../trace/said.js';
import type { Ack } from './history.js';

/** Where acks come from. */
export interface AckSource {
  /** What a line of standard output says. */
  stdout: SaidPatterns | null;
  /** Absolute path of the PLUGPULL_ACK socket; each line sent to it is an ack. */
  socket: string | null;
}

/** Where a line was said that is the same; null: nobody did. */
type SaidBefore = (isSame: (line: string) => boolean) => number | null;

interface Stream {
  role: 'stdout' | 'ack';
  line: OpenLine;
  /** Which call wrote to the line that is not ended. */
  last: { call: Call; saidBefore: SaidBefore } | null;
}

/**
 * Cuts what was written to a stream into lines and places an ack at the call that ended its line. A line without an
 * end counts at the last call that wrote to it once the run is over: late, so it can only miss, never accuse falsely.
 */
export class AckStream {
  readonly acks: Ack[] = [];
  readonly begun: Ack[] = [];
  private readonly lines: SaidLines | null;
  private readonly open = new Map<unknown, Stream>();
  private readonly socketPath: string | null;

  constructor(source: AckSource) {
    this.lines = source.stdout && new SaidLines(source.stdout);
    this.socketPath = source.socket === null ? null : toBytePath(source.socket);
  }

  isAckSocket(path: string | null): boolean {
    return path !== null && path === this.socketPath;
  }

  /**
   * `description` is whatever stands for one open description; standard output is one stream, however often it is opened.
   * A line that is handed on counts from where it was said first.
   */
  push(
    description: unknown,
    role: 'stdout' | 'ack',
    bytes: Buffer,
    call: Call,
    saidBefore: SaidBefore = () => null,
  ): void {
    if (role === 'stdout' && !this.lines) return;
    const stream = role === 'stdout' ? role : description;
    let open = this.open.get(stream);
    if (!open) {
      open = { role, line: new OpenLine(), last: null };
      this.open.set(stream, open);
    }
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0) break;
      open.line.push(bytes.subarray(start, end));
      this.take(open, call, saidBefore);
      start = end + 1;
    }
    if (start < bytes.length) {
      open.line.push(bytes.subarray(start));
      open.last = { call, saidBefore };
    }
  }

  /** `saidDoubt`: why something said may not have been read. */
  finish(): { acks: Ack[]; begun: Ack[]; saidDoubt: string | null } {
    for (const open of this.open.values())
      if (open.last) this.take(open, open.last.call, open.last.saidBefore);
    const inOrder = (list: Ack[]): Ack[] => list.sort((a, b) => a.at - b.at);
    return {
      acks: inOrder(this.acks),
      begun: inOrder(this.begun),
      saidDoubt: this.lines?.doubt ?? null,
    };
  }

  private take(open: Stream, call: Call, saidBefore: SaidBefore): void {
    const line = open.line.take();
    open.last = null;
    const said = open.role === 'ack' ? line.text : this.lines!.saidIn(line);
    if (said === null) return;
    const isSame = (text: string): boolean => text === line.text || this.lines?.said(text) === said;
    const begun = begunText(said);
    (begun === null ? this.acks : this.begun).push({
      text: begun ?? said,
      at: saidBefore(isSame) ?? call.enter,
      told: call.enter,
      until: call.exit,
      timeNs: call.startNs,
    });
  }
}
