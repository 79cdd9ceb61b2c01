import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { TraceEvent } from './events.js';

/** `events.ndjson` as a recording writes it: what happened is in the file at once. */
export class EventFile {
  readonly #fd: number;

  constructor(private readonly path: string) {
    writeFileSync(path, '');
    this.#fd = openSync(path, 'a');
  }

  add(event: TraceEvent): void {
    writeFileSync(this.#fd, line(event));
  }

  close(): void {
    closeSync(this.#fd);
  }

  /**
   * Puts the acks where the log turned out to have them, in the order they were given, and what began between two of them
   * at the first: nobody noted where, and too early is never an accusation.
   */
  placeAcks(blockIndexes: readonly number[]): void {
    const events = readFileSync(this.path, 'utf8')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text) as TraceEvent);
    let ack = 0;
    let block_index = 0;
    const placed = events.map((event) => {
      if (event.type === 'begun') return { ...event, block_index };
      if (event.type !== 'ack') return event;
      block_index = blockIndexes[ack++] ?? event.block_index;
      return { ...event, block_index };
    });
    writeFileSync(this.path, placed.map(line).join(''));
  }
}

function line(event: TraceEvent): string {
  return `${JSON.stringify(event)}\n`;
}
