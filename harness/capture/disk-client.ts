import { fileURLToPath } from 'node:url';
import type { DiskSetup, FromDisk, ToDisk } from '../disk/recording/messages.js';
import type { LineProcess } from '../state/line-process.js';
import { endLimitMs, oneJobEach, type ProcessSupply } from '../state/process-supply.js';
import type { RunSpace } from '../state/run-space.js';

type Of<T extends FromDisk['type']> = Extract<FromDisk, { type: T }>;

/** The command's end of the recorded disk's process. */
export class DiskClient {
  readonly #process: LineProcess;
  readonly #waiting = new Map<FromDisk['type'], ((message: FromDisk) => void)[]>();
  readonly #failed: Promise<never>;
  #fail: (error: Error) => void = () => {};
  #isOrderly = false;
  #isClosed = false;
  readonly #givers = new Map<number, (answer: 'ok' | 'cut') => void>();
  #lastToken = 0;

  private constructor(
    space: RunSpace,
    private readonly supply: ProcessSupply,
    setup: DiskSetup,
    private readonly onMessage: (message: FromDisk) => void,
  ) {
    if (setup.stdoutFolder) space.note({ kind: 'mount', what: setup.stdoutFolder });
    const path = fileURLToPath(new URL('../disk/recording/disk-process.js', import.meta.url));
    this.#process = supply.take({ path });
    this.#failed = new Promise((_, reject) => {
      this.#fail = (error) => {
        this.#isOrderly = false;
        reject(error);
      };
    });
    this.#failed.catch(() => {});
    this.#process.hear({
      onLine: (line) => this.#receive(JSON.parse(line) as FromDisk),
      onEnd: (how) => this.#fail(new Error(`the disk process ${how}`)),
    });
    this.send(setup);
  }

  /**
   * Starts the disk process; resolves when its sockets are there.
   *
   * @param processes where it comes from; by default it is started for this recording alone
   */
  static async start(
    space: RunSpace,
    setup: DiskSetup,
    onMessage: (message: FromDisk) => void,
    processes: ProcessSupply = oneJobEach(space),
  ): Promise<DiskClient> {
    const client = new DiskClient(space, processes, setup, onMessage);
    await client.next('ready');
    return client;
  }

  send(message: ToDisk | DiskSetup): void {
    // Then the process may be another recording's disk.
    if (!this.#isClosed) this.#process.send(message);
  }

  /** The next message of a type. Rejects when the disk process ends or reports a fault of its own. */
  next<T extends FromDisk['type']>(type: T): Promise<Of<T>> {
    const message = new Promise<Of<T>>((resolve) => {
      const list = this.#waiting.get(type) ?? [];
      list.push(resolve as (message: FromDisk) => void);
      this.#waiting.set(type, list);
    });
    return Promise.race([message, this.#failed]);
  }

  /** Hands over an ack that was given where the disk process cannot hear it; resolves when its giver may go on. */
  giveAck(text: string, source: 'socket' | 'stdout'): Promise<'ok' | 'cut'> {
    const token = ++this.#lastToken;
    const given = new Promise<'ok' | 'cut'>((resolve) => this.#givers.set(token, resolve));
    this.send({ type: 'give-ack', token, text, source });
    return Promise.race([given, this.#failed]);
  }

  /** Nobody prints any more; resolves when a last line without newline has counted. */
  async endStdout(): Promise<void> {
    const ended = this.next('stdout-ended');
    this.send({ type: 'end-stdout' });
    await ended;
  }

  /** Whoever used the disk has let go of it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const isOrderly = this.#isOrderly;
    // Whoever waits for an answer still gets none.
    this.#fail(new Error('the recorded disk was closed'));
    this.#isClosed = true;
    if (isOrderly) await this.supply.giveBack(this.#process);
    else await this.#process.end(endLimitMs);
  }

  #receive(message: FromDisk): void {
    try {
      this.onMessage(message);
    } catch (error) {
      this.#fail(error as Error);
    }
    if (message.type === 'stopped') this.#isOrderly = true;
    if (message.type === 'fault') this.#fail(new Error(`the disk process failed: ${message.message}`));
    if (message.type === 'ack-given') {
      this.#givers.get(message.token)?.(message.answer);
      this.#givers.delete(message.token);
    }
    const list = this.#waiting.get(message.type);
    this.#waiting.delete(message.type);
    for (const resolve of list ?? []) resolve(message);
  }
}
