import { ProcessPool } from '../../state/process-pool.js';
import type { PlannedRun } from '../planning/planned-run.js';
import { GuestPlaces } from './guest-run-place.js';
import { type HostOptions, hostRunPlace } from './host-run-place.js';
import type { RunPlace } from './run-place.js';

export interface PlacesOptions extends HostOptions {
  signal?: AbortSignal | undefined;
  onStep?: (step: string) => void;
}

/** The places of a session's runs, which share guests and processes: what is needed is started with the first run that does. */
export class Places {
  readonly #host: RunPlace;
  readonly #processes = new ProcessPool();
  #guests: GuestPlaces | null = null;

  constructor(private readonly options: PlacesOptions) {
    this.#host = hostRunPlace({ ...options, processes: this.#processes });
  }

  of({ kernel, loaded }: Pick<PlannedRun, 'kernel' | 'loaded'>): RunPlace {
    if (kernel === null) return this.#host;
    this.#guests ??= new GuestPlaces(this.options);
    return this.#guests.place(loaded.scenario, kernel);
  }

  async close(): Promise<void> {
    await Promise.all([this.#guests?.close(), this.#processes.close()]);
  }
}
