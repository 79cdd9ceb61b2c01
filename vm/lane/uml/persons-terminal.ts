/**
 * The terminal of this process on a guest's serial line: each key goes there as it is, Ctrl-C too. Ctrl-] leaves, as
 * with other consoles of virtual machines, since a guest that hangs would keep the terminal for good.
 */
import { spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const leave = 0x1d;
/** The line's driver stops listening for good when 4 KiB are unread (vm/uml/serial-channel.ts): what is pasted takes its time. */
const pasteBytes = 256;
const pasteEveryMs = 10;

export class PersonsTerminal {
  #left = false;
  #typed: Promise<unknown> = Promise.resolve();
  readonly #ended: Promise<void>;
  readonly #listener = (keys: Buffer): void => this.#type(keys);

  constructor(private readonly line: Socket) {
    const { stdin, stdout } = process;
    line.on('data', (data: Buffer) => stdout.write(data));
    line.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      line.once('close', () => resolve());
    });
    stdin.setRawMode(true);
    // Raw in one direction only: what a full-screen program prints must not be touched either.
    spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
    stdin.on('data', this.#listener);
    stdin.resume();
  }

  /** Whether the person wants out of it. */
  get isLeft(): boolean {
    return this.#left;
  }

  /** Gives the terminal back when all that the guest said is on it; the guest must have ended. */
  async close(): Promise<void> {
    const { stdin } = process;
    stdin.off('data', this.#listener);
    stdin.pause();
    await this.#ended;
    stdin.setRawMode(false);
  }

  #type(keys: Buffer): void {
    if (keys.includes(leave)) this.#left = true;
    this.#typed = this.#typed.then(async () => {
      for (let at = 0; at < keys.length; at += pasteBytes) {
        if (at > 0) await sleep(pasteEveryMs);
        if (this.line.writable) this.line.write(keys.subarray(at, at + pasteBytes));
      }
    });
  }
}
