import type { Scenario } from '../scenario/schema.js';
import { UnavailableError } from '../verdict/errors.js';
import { straceLack } from './strace-lack.js';

/** The engines that judge a run. */
export interface Engines {
  replay: boolean;
  contract: boolean;
  /** What the reader of the result has to know about the choice. */
  notes: string[];
}

export const replayOnly: Engines = { replay: true, contract: false, notes: [] };

export function asksForReplay({ engine }: Scenario): boolean {
  return engine?.includes('replay') ?? true;
}

/**
 * The engines asked for; both where nobody asked, and the machine and the scenario allow it.
 * @param recorded whether an existing recording has its system calls with it (then strace is not needed); null when
 *   the workload is still to be run
 */
export function chooseEngines(
  scenario: Scenario,
  storageIndex: number,
  recorded: boolean | null = null,
): Engines {
  const { engine } = scenario;
  const replay = asksForReplay(scenario);
  if (engine && !engine.includes('contract')) return { ...replayOnly, replay };
  // Who lost power gives no ack; the system calls do not show when that was.
  if (replay && scenario.storage[storageIndex]!.disk.cut) {
    return { ...replayOnly, notes: ['the contract is not judged where the power is cut during the run'] };
  }
  const lack = recorded === null ? knownLack() : recorded ? null : 'its system calls were not traced';
  if (lack === null) return { replay, contract: true, notes: [] };
  if (engine) throw new UnavailableError(`key engine: contract: ${lack}`);
  return { ...replayOnly, notes: [`the contract was not judged: ${lack}`] };
}

let lack: string | null | undefined;

function knownLack(): string | null {
  lack ??= straceLack() ?? null;
  return lack;
}
