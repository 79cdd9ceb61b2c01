/** The workload in its directory in a guest, for one round: run, looked at at each ack, killed. */
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { requireSetup, type WorkloadEnd } from '../../harness/capture/workload.js';
import { containerOf } from '../../harness/scenario/container.js';
import { scenarioFolder } from '../../harness/scenario/load.js';
import { workloadCommand } from '../../harness/server/programs.js';
import { saidPatterns } from '../../harness/trace/said.js';
import { GuestError } from '../machine/agent-client.js';
import type { GuestMachine } from '../machine/guest-machine.js';
import { guestRoot, guestViewRoot } from '../place/guest-place.js';
import { GuestPrograms } from '../place/guest-programs.js';
import { GuestView } from '../place/guest-view.js';
import type { LiveJob } from './round.js';
import type { RoundBook } from './round-book.js';

/** What a struck workload may take to end, before it is looked for what it started meanwhile. */
const endMs = 2000;

type GiveAck = (text: string, source: 'socket' | 'stdout') => Promise<'ok' | 'cut'>;

export class RoundDirectory {
  readonly #programs: GuestPrograms;
  readonly #view: GuestView;
  /** One look after the other, in the order of the acks; settled when all that were asked for are done. */
  looked: Promise<void> = Promise.resolve();

  constructor(
    private readonly job: LiveJob,
    private readonly machine: GuestMachine,
    private readonly book: RoundBook,
    name: string,
    giveAck: GiveAck,
  ) {
    const { loaded, workloads, signal } = job;
    this.#view = new GuestView(machine.agent, book.payload, true);
    this.#programs = new GuestPrograms(
      machine,
      {
        name,
        workloads,
        scenarioFolder: scenarioFolder(loaded),
        env: loaded.scenario.workload.env,
        contained: containerOf(loaded.scenario) !== null,
        errorFile: book.errorFile,
        onOutput: (data) => appendFileSync(book.outputFile, data),
        giveAck,
        said: saidPatterns(loaded.scenario),
        signal,
      },
      guestRoot,
    );
  }

  /** @throws UsageError when it fails */
  async setup(command: string): Promise<void> {
    const end = await this.#programs.setup(command, this.job.loaded.scenario.workload.timeout);
    requireSetup(end, this.book.errorFile);
  }

  /** Begins to watch; what is there now is what is owed before the first ack. */
  async watch(): Promise<void> {
    await this.machine.agent.call('watch', { root: guestRoot, view: guestViewRoot });
    await this.look();
  }

  /** What is there belongs to the acks given so far. */
  look(): Promise<void> {
    const { acks } = this.book;
    this.looked = this.looked.then(async () => this.book.snapshot(await this.#view.look(), acks));
    return this.looked;
  }

  /** What the workload was doing when the power went; where nobody can see that any more, it is unknown. */
  async lookAtTheEnd(): Promise<void> {
    try {
      this.book.snapshot(await this.#view.look(), this.book.acks, true);
    } catch (error) {
      // A file system that shut itself down answers every look with an error.
      if (!(error instanceof GuestError) || error.code === null) throw error;
      this.book.unseen();
    }
  }

  /** @param cutAtLog see `workloadCommand` */
  runWorkload(cutAtLog?: string): Promise<WorkloadEnd> {
    const { scenario } = this.job.loaded;
    const { timeout } = scenario.workload;
    const ended = this.#programs.workload(workloadCommand(scenario, cutAtLog), {
      timeoutMs: timeout,
      callsFile: null,
      lateChanges: false,
    });
    ended.catch(() => {});
    return ended;
  }

  /**
   * @param letGo answers those that wait for an ack; they die of it
   * @param ended what `runWorkload` returned
   */
  async kill(letGo: () => void, ended: Promise<WorkloadEnd>): Promise<WorkloadEnd> {
    await this.#programs.strike();
    letGo();
    // The agent does one thing after the other: to ask for the rest before the answers are there would delay them.
    await Promise.race([ended, delay(endMs, undefined, { ref: false })]);
    await this.#programs.kill();
    return await ended;
  }

  async unwatch(): Promise<void> {
    await this.machine.agent.call('unwatch');
  }
}
