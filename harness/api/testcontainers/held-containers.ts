/** The containers that hold a disk: killed when its power goes, started again on what is left. */
import { Engine, EngineError } from '../../container/engine.js';
import { syncingSwitchedOff } from './syncing-switched-off.js';

/** What CrashDisk asks of a started container of testcontainers. */
export interface HeldContainer {
  getId(): string;
  /** Starts it again and waits until it is ready. */
  restart(): Promise<unknown>;
}

interface ContainerFacts {
  Config: { Entrypoint?: string[] | null; Cmd?: string[] | null; Env?: string[] | null };
}

export class HeldContainers {
  readonly #held: HeldContainer[] = [];

  add(containers: readonly HeldContainer[]): void {
    this.#held.push(...containers);
  }

  /** All at once: the power goes for all of them. */
  async kill(): Promise<void> {
    await Promise.all(this.#held.map((container) => kill(container.getId())));
  }

  async restart(): Promise<void> {
    for (const container of this.#held) await container.restart();
  }

  /** What of their settings makes them lose what they were asked to keep; in words. */
  async warnings(): Promise<string[]> {
    const engine = Engine.find();
    const looks = this.#held.map(async (container) => {
      const { Config } = await engine.json<ContainerFacts>('GET', `/containers/${container.getId()}/json`);
      return syncingSwitchedOff([...(Config.Entrypoint ?? []), ...(Config.Cmd ?? []), ...(Config.Env ?? [])]);
    });
    return (await Promise.all(looks)).flat();
  }
}

/** Ends a container at once; one that has ended already is as good. */
async function kill(id: string): Promise<void> {
  const engine = Engine.find();
  try {
    await engine.text('POST', `/containers/${id}/kill`);
  } catch (error) {
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error;
    return;
  }
  await engine.text('POST', `/containers/${id}/wait?condition=not-running`);
}
