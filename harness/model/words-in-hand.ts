/**
 * Lines that a process took out of pipes and has done nothing about: where it then prints one (`tee`, `grep`, a logger), it
 * hands on what somebody else said. It might have done so at once, whenever the machine lets it, so such a line counts
 * from where it was put into the pipe.
 *
 * A process that changes or syncs something in between, starts another or asks one, says it for itself.
 */
import type { Operation } from '../syscalls/call.js';
import type { DescriptorTable } from './descriptors.js';
import type { PipePart } from './pipe-contents.js';

interface Hand {
  pipe: string;
  lines: { text: string; from: number }[];
  /** The beginning of one that is not ended. */
  open: Buffer[];
}

const newline = 0x0a;

export class WordsInHand {
  readonly #hands = new Map<DescriptorTable, Hand>();

  /** What a call took out of a pipe. */
  took(files: DescriptorTable, pipe: string, parts: readonly PipePart[]): void {
    let hand = this.#hands.get(files);
    // Whoever listens to two may have waited for the second.
    if (hand?.pipe !== pipe) {
      hand = { pipe, lines: [], open: [] };
      this.#hands.set(files, hand);
    }
    for (const { bytes, from } of parts) {
      let start = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
        hand.open.push(bytes.subarray(start, end));
        hand.lines.push({ text: Buffer.concat(hand.open).toString('utf8'), from });
        hand.open = [];
        start = end + 1;
      }
      if (start < bytes.length) hand.open.push(bytes.subarray(start));
    }
  }

  /** Where the line that it says now was said first; null: it says it for itself. */
  from(files: DescriptorTable, isSame: (line: string) => boolean): number | null {
    const lines = this.#hands.get(files)?.lines ?? [];
    const index = lines.findIndex(({ text }) => isSame(text));
    if (index < 0) return null;
    const { from } = lines[index]!;
    lines.splice(0, index + 1);
    return from;
  }

  letGo(files: DescriptorTable): void {
    this.#hands.delete(files);
  }
}

/** Between taking a line and handing it on: nothing that somebody else could have waited for. */
export function handsOn(operation: Operation): boolean {
  switch (operation.op) {
    case 'none':
    case 'wait':
    case 'lseek':
    case 'open':
    case 'close':
    case 'dup':
    case 'set_cloexec':
      return true;
    case 'read':
    case 'write':
      return /^(\/|pipe:)/.test(operation.file.describedAs ?? '/');
    default:
      return false;
  }
}
