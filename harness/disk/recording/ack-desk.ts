import { begunText } from '../../trace/said.js';
import type { PowerSwitch } from '../power-switch.js';
import type { FromDisk } from './messages.js';

/** Who says this instead of an ack takes the power away. No text that somebody means begins with a NUL. */
export const cutRequest = '\0plugpull cut';

/**
 * Stamps acks into the order of block operations. An ack that comes after the power cut does not count, and
 * its giver is told so.
 */
export class AckDesk {
  #given = 0;
  readonly #waiting = new Map<number, () => void>();

  constructor(
    private readonly power: PowerSwitch,
    /** `mark` notes an ack in the block log and returns its position there. */
    private readonly log: { mark(text: string): number; readonly entryCount: number },
    private readonly timeNs: () => string,
    private readonly send: (message: FromDisk) => void,
  ) {}

  /** Calls `done` when the workload may go on: at once after a cut, else when the snapshot is taken. */
  give(text: string, source: 'socket' | 'stdout', done: (answer: 'ok' | 'cut') => void): void {
    if (text === cutRequest) this.power.off();
    if (!this.power.isOn) {
      done('cut');
      return;
    }
    const begun = begunText(text);
    if (begun !== null) {
      // Nothing is owed of it, so nobody has to look.
      const block_index = this.log.entryCount;
      this.send({ type: 'begun', text: begun, block_index, time_ns: this.timeNs(), source });
      done('ok');
      return;
    }
    const ack = ++this.#given;
    const block_index = this.log.mark(text);
    this.send({ type: 'ack', ack, text, block_index, time_ns: this.timeNs(), source });
    this.power.acknowledged(text);
    this.#waiting.set(ack, () => done('ok'));
  }

  snapshotTaken(ack: number): void {
    this.#waiting.get(ack)?.();
    this.#waiting.delete(ack);
  }
}
