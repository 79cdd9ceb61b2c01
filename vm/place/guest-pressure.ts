import type { CommitPressure } from '../../harness/capture/place.js';
import type { AgentClient } from '../machine/agent-client.js';

/** Commit pressure by a thread of the guest's agent (vm/guest/agent/pressure.py). */
export class GuestPressure implements CommitPressure {
  #commits = 0;
  #open = true;

  constructor(private readonly agent: AgentClient) {}

  get commits(): number {
    return this.#commits;
  }

  async commit(): Promise<void> {
    this.#commits = await this.agent.call<number>('press_commit');
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.agent.call('press_no_more');
  }
}
