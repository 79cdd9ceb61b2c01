/**
 * A storage with layers in a guest that has the host's files: made and mounted by a program of ours inside, which is the
 * same code as on the host. It stays in place until the guest ends.
 */
import { fileURLToPath } from 'node:url';
import { layerLabel } from '../../harness/scenario/schema/layers.js';
import type { Storage } from '../../harness/scenario/schema/storage.js';
import { shellQuote } from '../../harness/scenario/shell-quote.js';
import { UsageError } from '../../harness/verdict/errors.js';
import { guestModules } from '../lane/uml/guest-modules.js';
import type { AgentClient } from '../machine/agent-client.js';

/** What the program inside is asked, in one line. */
export interface LayeredQuestion {
  action: 'make' | 'raise';
  device: string;
  storage: Storage;
  /** Where programs will work. */
  at: string;
}

/** What is in place afterwards: where the file system is mounted, and what is mounted, from the top down. */
export interface InPlace {
  base: string;
  mounts: readonly string[];
}

/** `code`: the kernel's, such as EINVAL; null where a program said no. `fault`: a mistake of ours. */
export type LayeredAnswer = InPlace | { refused: string; code: string | null } | { fault: string };

/** By which the agent knows the program; it ends with the guest. */
const key = 'layers';
/** mkfs of a file system, and of one for a file in it. */
const limitMs = 180_000;
const graceMs = 60_000;

export class LayeredStorage {
  /** @param at where programs will work */
  constructor(
    private readonly agent: AgentClient,
    private readonly device: string,
    private readonly storage: Storage,
    private readonly at: string,
  ) {}

  /** Makes layers and file system on a fresh disk. @throws UsageError in the words of whoever refused */
  async make(): Promise<void> {
    const answer = await this.#ask('make');
    if ('refused' in answer)
      throw new UsageError(`storage.layers ${this.#named}: cannot be made in the guest: ${answer.refused}`);
  }

  /** Puts all of it in place. @throws UsageError where the kernel refuses */
  async raise(): Promise<InPlace> {
    const answer = await this.#ask('raise');
    if (!('refused' in answer)) return answer;
    const { fs, mount } = this.storage;
    throw new UsageError(
      `storage.mount: a fresh ${fs} does not mount in the guest with options ${JSON.stringify(mount)} and layers ${this.#named}: ${answer.code ?? answer.refused}`,
    );
  }

  get #named(): string {
    return JSON.stringify(this.storage.layers.map(layerLabel));
  }

  async #ask(action: LayeredQuestion['action']): Promise<Exclude<LayeredAnswer, { fault: string }>> {
    const { device, storage, at } = this;
    await this.agent.call('modules', { names: guestModules(storage) });
    const program = fileURLToPath(new URL('./layered-storage-process.js', import.meta.url));
    const question: LayeredQuestion = { action, device, storage, at };
    const { line, timed_out } = await this.agent.call<{ line: string | null; timed_out: boolean }>(
      'talk',
      {
        key,
        command: `exec ${shellQuote(process.execPath)} ${shellQuote(program)}`,
        folder: '/',
        env: {},
        line: JSON.stringify(question),
        timeout_s: limitMs / 1000,
      },
      { timeoutMs: limitMs + graceMs },
    );
    if (line === null)
      throw new Error(
        timed_out
          ? `the layers were not in place within ${limitMs / 1000} s`
          : 'the program that puts layers in place ended',
      );
    const answer = JSON.parse(line) as LayeredAnswer;
    if ('fault' in answer) throw new Error(answer.fault);
    return answer;
  }
}
