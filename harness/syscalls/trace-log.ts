import { closeSync, openSync, readSync } from 'node:fs';
import type { Call } from './call.js';
import { callsWithoutBearing } from './call-names.js';
import { decodeCall } from './decode.js';
import { CallJoiner, type JoinedCall, type LogFault } from './joined-call.js';

/** A strace log understood: typed calls in the order in which they returned. */
export interface TraceLog {
  calls: Call[];
  /** Lines that could not be understood. Whoever judges the calls must not call the result a pass. */
  faults: LogFault[];
  /** How often each call without a bearing on files appeared. */
  passedOver: Map<string, number>;
  /** The log stops in the middle: the calls are those up to the cut. */
  cut: boolean;
  lines: number;
}

/** Leaves out of calls, which come in the order of the log, what nobody will ask of them. */
export interface Lessening {
  lessened(call: Call): Call;
}

const newline = 0x0a;

/** Parses a log held in memory. Never throws, whatever the bytes are. */
export function parseTraceLog(log: Buffer | string): TraceLog {
  const bytes = typeof log === 'string' ? Buffer.from(log, 'latin1') : log;
  const lines = new LineFeeder();
  lines.push(bytes);
  return lines.finish();
}

/**
 * Parses a log file piece by piece, so that only the calls and their payloads stay in memory.
 *
 * @param output whose bytes need not all stay; by default they do
 */
export function readTraceLog(file: string, output?: Lessening): TraceLog {
  const descriptor = openSync(file, 'r');
  try {
    const lines = new LineFeeder(output);
    const chunk = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const length = readSync(descriptor, chunk, 0, chunk.length, null);
      if (length === 0) return lines.finish();
      lines.push(chunk.subarray(0, length));
    }
  } finally {
    closeSync(descriptor);
  }
}

class LineFeeder {
  private readonly joiner = new CallJoiner((name) => callsWithoutBearing.has(name));
  private readonly calls: Call[] = [];
  private rest: Buffer[] = [];

  constructor(private readonly output?: Lessening) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      if (end < 0) break;
      if (this.rest.length > 0) {
        this.rest.push(chunk.subarray(start, end));
        this.joiner.push(Buffer.concat(this.rest).toString('latin1'));
        this.rest = [];
      } else {
        this.joiner.push(chunk.toString('latin1', start, end));
      }
      start = end + 1;
    }
    if (start < chunk.length) this.rest.push(Buffer.from(chunk.subarray(start)));
    this.take(this.joiner.joined());
  }

  /** Understood at once: until then a call has its text besides its bytes. Frames of its stack may come later. */
  private take(joined: readonly JoinedCall[]): void {
    for (const each of joined) {
      const call = decodeCall(each);
      this.calls.push(this.output?.lessened(call) ?? call);
    }
  }

  finish(): TraceLog {
    const lastLineComplete = this.rest.length === 0;
    // A last line without its newline is where the log was cut; what it would have said is not known.
    const { calls, faults, passedOver, cut, lines } = this.joiner.finish({ lastLineComplete });
    this.take(calls);
    return { calls: this.calls, faults, passedOver, cut, lines };
  }
}
