/**
 * What a program writes to where no file of the recording is: standard output, pipes, sockets. Of all that only lines that
 * say something matter to whoever judges, so of a program that prints gigabytes the rest is not kept.
 *
 * The first 32 MiB of a log are kept as they are. Of what comes later, whole lines that say nothing are left out, and of
 * every line what nobody reads. A write is then shorter than its call returned, as one whose text the log does not hold:
 * whoever follows its bytes elsewhere (through a pipe into a file) learns that they are not known.
 */

import { type BytePath, isAtOrBelow, toBytePath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import { longestLineBytes, SaidLines, type SaidPatterns } from '../trace/said.js';

const keptWholeBytes = 32 * 1024 * 1024;
const newline = 0x0a;
/** One byte more than is read of a line tells that there was more. */
const keptOfLine = longestLineBytes + 1;

export class OutputBytes {
  readonly #root: BytePath;
  readonly #lines: SaidLines | null;
  readonly #ackSocket: BytePath | null;
  /** Whoever is behind the ack socket, by the name that the log has for it. */
  readonly #ackSockets = new Set<string>();
  /** How long the line is that was not ended, for each description. */
  readonly #open = new Map<string, number>();
  #seen = 0;

  constructor(options: { rootPath: string; said: SaidPatterns | null; ackSocket: string | null }) {
    this.#root = toBytePath(options.rootPath);
    this.#lines = options.said && new SaidLines(options.said);
    this.#ackSocket = options.ackSocket === null ? null : toBytePath(options.ackSocket);
  }

  /** The call, in the order of the log, with no more bytes than anybody needs. */
  lessened(call: Call): Call {
    const { operation, result } = call;
    if (operation.op === 'connect' && operation.path === this.#ackSocket && operation.describedAs !== null)
      this.#ackSockets.add(operation.describedAs);
    if (operation.op !== 'write' && operation.op !== 'send') return call;
    const { file, payload } = operation;
    const shown = file.describedAs;
    if (!payload || shown === null || this.#ackSockets.has(shown)) return call;
    if (shown.startsWith('/') && isAtOrBelow(shown, this.#root)) return call;
    const written = payload.subarray(0, result.kind === 'value' ? result.value : 0);
    this.#seen += written.length;
    if (this.#seen <= keptWholeBytes) {
      this.#note(shown, written);
      return call;
    }
    return { ...call, operation: { ...operation, payload: this.#needed(shown, written) } };
  }

  #note(shown: string, bytes: Buffer): void {
    const last = bytes.lastIndexOf(newline);
    this.#open.set(shown, last < 0 ? (this.#open.get(shown) ?? 0) + bytes.length : bytes.length - last - 1);
  }

  /** A copy, so that the payload it is a part of can go. */
  #needed(shown: string, bytes: Buffer): Buffer {
    const begun = this.#open.get(shown) ?? 0;
    this.#note(shown, bytes);
    const room = Math.max(0, keptOfLine - begun);
    const first = bytes.indexOf(newline);
    if (first < 0) return Buffer.from(bytes.subarray(0, room));
    const parts = [bytes.subarray(0, Math.min(first, room)), bytes.subarray(first, first + 1)];
    let from = first + 1;
    for (let end = bytes.indexOf(newline, from); end >= 0; end = bytes.indexOf(newline, from)) {
      const line = bytes.subarray(from, Math.min(end, from + keptOfLine));
      if (line.length > longestLineBytes || this.#says(line)) parts.push(line, bytes.subarray(end, end + 1));
      from = end + 1;
    }
    parts.push(bytes.subarray(from, from + keptOfLine));
    return Buffer.concat(parts);
  }

  #says(line: Buffer): boolean {
    return this.#lines !== null && this.#lines.said(line.toString('utf8')) !== null;
  }
}
