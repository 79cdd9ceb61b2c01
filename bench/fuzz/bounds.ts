/** What a hostile input may cost. Processor time, not time: how busy the machine is does not count. */
import { CampaignFailure } from '../campaign/campaign.js';

/** Thousands of times what an input of some kilobytes takes. */
const mostMsEach = 2000;
/** Of the whole process, which also makes the inputs. */
const mostMemoryMiB = 1024;

export class Bounds {
  #slowestMs = 0;

  /** Does what is done with one input; throws when it took too much. */
  hold<T>(work: () => T): T {
    const before = process.cpuUsage();
    const result = work();
    this.#note(before);
    return result;
  }

  /** The same for what goes on while others do. */
  async holdAsync<T>(work: () => Promise<T>): Promise<T> {
    const before = process.cpuUsage();
    const result = await work();
    this.#note(before);
    return result;
  }

  /** @throws CampaignFailure when all of it took too much memory */
  sentence(): string {
    const memoryMiB = Math.round(process.resourceUsage().maxRSS / 1024);
    const said = `at most ${this.#slowestMs.toFixed(0)} ms of processor time an input, peak memory ${memoryMiB} MiB with the generator`;
    if (memoryMiB > mostMemoryMiB) throw new CampaignFailure(`${said}: more than ${mostMemoryMiB} MiB`);
    return said;
  }

  #note(before: NodeJS.CpuUsage): void {
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    this.#slowestMs = Math.max(this.#slowestMs, ms);
    if (ms > mostMsEach) throw new Error(`took ${ms.toFixed(0)} ms of processor time`);
  }
}
