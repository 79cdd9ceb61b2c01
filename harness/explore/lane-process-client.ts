import type { LineProcess, LineProgram } from '../state/line-process.js';
import { endLimitMs, type ProcessSupply } from '../state/process-supply.js';
import type { FromLane, LaneSetup, ToLane } from './lane/messages.js';

/** A lane's process as the command sees it. */
export class LaneProcessClient {
  #process: LineProcess | null = null;
  #failed = false;
  #closed: Promise<void> | null = null;

  constructor(
    private readonly name: string,
    private readonly program: LineProgram,
    private readonly supply: ProcessSupply,
  ) {}

  /** Starts the process, unless it was. Whoever begins with it need not ask. */
  start(): void {
    this.#start();
  }

  #start(): LineProcess {
    if (this.#process) return this.#process;
    if (this.#closed) throw new Error(`${this.name} was closed before it was started`);
    this.#process = this.supply.take(this.program);
    return this.#process;
  }

  /** Gives the lane its trace; resolves when it can take tasks. */
  begin(
    setup: LaneSetup,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string | Error) => void,
  ): Promise<void> {
    const process = this.#start();
    const ready = new Promise<void>((resolve, reject) => {
      process.hear({
        onLine: (line) => {
          const message = JSON.parse(line) as FromLane;
          if (message.type === 'ready') {
            resolve();
            return;
          }
          if (message.type === 'fault') {
            this.#failed = true;
            reject(new Error(message.message));
          }
          onMessage(message);
        },
        onEnd: (how) => {
          const reason = `${this.name} ${how}`;
          reject(new Error(reason));
          onEnd(reason);
        },
      });
    });
    this.send(setup);
    return ready;
  }

  send(message: ToLane | LaneSetup): void {
    // Once it is closed the process may have somebody else's trace.
    if (!this.#closed) this.#start().send(message);
  }

  /** Whoever began with it and whoever started it both close it. */
  close({ atOnce = false }: { atOnce?: boolean } = {}): Promise<void> {
    this.#closed ??= this.#close(atOnce);
    return this.#closed;
  }

  async #close(atOnce: boolean): Promise<void> {
    if (!this.#process) return;
    if (atOnce || this.#failed) await this.#process.end(atOnce ? 0 : endLimitMs);
    else await this.supply.giveBack(this.#process);
  }
}
