import { checksInContainer, containerOf } from '../../scenario/container.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { Storage } from '../../scenario/schema/storage.js';
import { UnavailableError } from '../../verdict/errors.js';
import { straceLack } from './strace-lack.js';

/** The engines that judge a run. */
export interface Engines {
  replay: boolean;
  contract: boolean;
  /** Power is really lost, in rounds, instead of being recorded and explored. */
  live?: boolean;
  /** What the reader of the result has to know about the choice. */
  notes: string[];
}

export const replayOnly: Engines = { replay: true, contract: false, notes: [] };

/** Is a storage to be seen losing power, recorded or live? Else the system calls alone are judged. */
export function asksForReplay({ engine }: Scenario): boolean {
  return engine === undefined || engine.includes('replay') || engine.includes('live');
}

/** Methods that lose power for real. */
export function isLive({ method }: Storage): boolean {
  return method === 'dm-flakey' || method === 'power';
}

/** Did an engine look at a storage, and not at system calls alone? */
export function observes({ replay, live = false }: Engines): boolean {
  return replay || live;
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
  if (replay && isLive(scenario.storage[storageIndex]!)) {
    const asked = engine === undefined || engine.includes('contract');
    const why =
      'the contract is not judged where power is really lost: of a workload that is killed the system calls show half';
    return { replay: false, contract: false, live: true, notes: asked ? [why] : [] };
  }
  if (engine && !engine.includes('contract')) return { ...replayOnly, replay };
  if (scenario.nodes && replay)
    return {
      ...replayOnly,
      notes: ['the contract is judged by itself where several servers have a disk each (--engine contract)'],
    };
  // Who lost power gives no ack; the system calls do not show when that was.
  if (replay && scenario.storage[storageIndex]!.disk.cut) {
    return { ...replayOnly, notes: ['the contract is not judged where the power is cut during the run'] };
  }
  if (replay && checksInContainer(scenario)) {
    const why = `the contract is not judged: its crash directories are on the host, and the checker runs in ${containerOf(scenario)}`;
    return { ...replayOnly, notes: [why] };
  }
  // Guests have their own.
  const here = scenario.place === 'vm' && replay ? null : knownLack;
  const lack = recorded === null ? (here?.() ?? null) : recorded ? null : 'its system calls were not traced';
  if (lack === null) return { replay, contract: true, notes: [] };
  if (engine) throw new UnavailableError(`key engine: contract: ${lack}`);
  return { ...replayOnly, notes: [`the contract was not judged: ${lack}`] };
}

let lack: string | null | undefined;

function knownLack(): string | null {
  lack ??= straceLack() ?? null;
  return lack;
}
