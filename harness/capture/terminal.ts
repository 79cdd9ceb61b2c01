/**
 * A terminal as a workload's standard output: C libraries, Perl and others then print each line when it ends instead of
 * keeping it until their buffer is full.
 *
 * A terminal takes what is written and lets the writer go on. Acks must not be late, so where a relay is given the writer
 * stands still before each write to it until the relay has taken the same bytes (which waits for the ack's stamp and
 * snapshot). Writes through copies of the descriptor are writes to it. What is printed by other calls
 * (sendfile(2)) is counted and said.
 */
import { closeSync, openSync, read, readlinkSync, readSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { letGoOn, type Notice, takeNotice } from '../attach/call-notices.js';
import { EventPoll } from '../attach/event-poll.js';
import { openTerminal, type PseudoTerminal } from '../attach/pseudo-terminal.js';
import { writeCalls } from '../syscalls/noticed-calls.js';

const readAside = promisify(read);
const writeAside = promisify(write);
/** Size of struct iovec: address and length, u64 each. */
const vectorBytes = 16;

export class Terminal {
  readonly #pair: PseudoTerminal;
  readonly #drained: Promise<void>;
  readonly #poll = new EventPoll();
  #listener: number | null = null;
  #queue = Promise.resolve();
  #printed = 0;
  #relayed = 0;
  #lack: string | null = null;
  #open = true;

  /**
   * @param relay a descriptor that is written to before the terminal is; null: nobody waits for what is printed
   * @param onOutput what was printed, as it comes
   */
  constructor(
    private readonly relay: number | null,
    private readonly onOutput: (data: Buffer) => void = () => {},
  ) {
    this.#pair = openTerminal();
    this.#drained = this.#drain();
  }

  /** For the program's standard output. */
  get fd(): number {
    return this.#pair.terminal;
  }

  /** The program has it: from here on the terminal ends with the program. */
  handedOver(): void {
    if (this.#open) closeSync(this.#pair.terminal);
    this.#open = false;
  }

  attend(listener: number | Error): void {
    if (typeof listener !== 'number') {
      this.#lack = listener.message;
      return;
    }
    this.#listener = listener;
    this.#poll.add(listener, () => this.#turn(listener));
    void this.#poll.run((fault) => {
      this.#lack ??= (fault as Error).message;
    });
  }

  /** Nothing of the program is left. Why what it printed was not all taken in time; null when it was. */
  async end(): Promise<string | null> {
    this.handedOver();
    await this.#drained;
    await this.#queue;
    this.#poll.close();
    if (this.#listener !== null) closeSync(this.#listener);
    closeSync(this.#pair.master);
    if (this.#lack !== null || this.relay === null) return this.#lack;
    return this.#printed === this.#relayed
      ? null
      : `${this.#printed} bytes were printed to the terminal, ${this.#relayed} of them by calls that were seen`;
  }

  async #drain(): Promise<void> {
    const buffer = Buffer.alloc(65_536);
    for (;;) {
      try {
        const { bytesRead } = await readAside(this.#pair.master, buffer, 0, buffer.length, null);
        this.#printed += bytesRead;
        this.onOutput(Buffer.from(buffer.subarray(0, bytesRead)));
      } catch {
        // Nobody has it open any more (EIO).
        return;
      }
    }
  }

  #turn(listener: number): void {
    const notice = takeNotice(listener);
    if (notice === 'over') this.#poll.remove(listener);
    if (typeof notice === 'string') return;
    const bytes = this.#printedBy(notice);
    this.#queue = this.#queue
      .then(() => (bytes ? this.#pass(bytes) : undefined))
      .catch((error: Error) => {
        this.#lack ??= error.message;
      })
      .finally(() => letGoOn(listener, notice));
  }

  async #pass(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; )
      done += (await writeAside(this.relay!, bytes, done, bytes.length - done, null)).bytesWritten;
    this.#relayed += bytes.length;
  }

  /** What the thread is about to print to the terminal; null for any other call. */
  #printedBy({ pid, name, arguments: [fd, address, count] }: Notice): Buffer | null {
    try {
      const isWrite = (writeCalls as readonly string[]).includes(name);
      if (!isWrite || readlinkSync(`/proc/${pid}/fd/${fd}`) !== this.#pair.path) return null;
      const memory = openSync(`/proc/${pid}/mem`, 'r');
      const bytesAt = (at: number, length: number): Buffer => {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, length === 0 ? 0 : readSync(memory, bytes, 0, length, at));
      };
      try {
        if (name === 'write') return bytesAt(address!, count!);
        const vectors = bytesAt(address!, vectorBytes * count!);
        const parts: Buffer[] = [];
        for (let at = 0; at < vectors.length; at += vectorBytes)
          parts.push(bytesAt(Number(vectors.readBigUInt64LE(at)), Number(vectors.readBigUInt64LE(at + 8))));
        return Buffer.concat(parts);
      } finally {
        closeSync(memory);
      }
    } catch {
      // It has ended meanwhile, or its memory cannot be read: then the counts tell.
      return null;
    }
  }
}
