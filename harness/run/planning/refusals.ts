import { containerOf } from '../../scenario/container.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { UsageError } from '../../verdict/errors.js';
import { recoveryOf, refuseContainers } from './containers.js';
import { asksForReplay, isLive } from './engines.js';

/** Says no to what this version does not do, instead of doing something else. */
export function refuseWhatIsNotThere(scenarios: readonly LoadedScenario[]): void {
  for (const { file, scenario } of scenarios) {
    const where = file ?? 'this run';
    // A container's recoveries are a guest's: where there is none, the image is what to speak of.
    refuseContainers(where, scenario);
    if (scenario.place !== 'vm' && recoveryOf(scenario) === 'guest') {
      throw new UsageError(
        `${where}: key recover: expected auto, host or uml, found guest: there is no guest without place: vm; uml is a kernel of its own, too`,
      );
    }
    refuseEngines(where, scenario);
    refuseOwed(where, scenario);
    refuseTerminal(where, scenario);
    refuseCuts(where, scenario);
  }
}

/** Moments that nobody sees come. */
function refuseCuts(where: string, { live, storage, server, nodes }: Scenario): void {
  const named = [
    ...live.cut.map((cut) => ({ ...cut, key: 'live.cut' })),
    ...storage.flatMap(({ disk }) => (disk.cut ? [{ ...disk.cut, key: 'storage.disk.cut' }] : [])),
  ];
  const log = named.find(({ log }) => log !== undefined);
  if (log && !server && !nodes)
    throw new UsageError(
      `${where}: key ${log.key}.log: expected a server, whose log it is about, found none`,
    );
  const unseen = live.cut.some(({ log, operation }) => (log ?? operation) !== undefined);
  if (unseen && storage.some(({ method }) => method === 'dm-flakey'))
    throw new UsageError(
      `${where}: key live.cut: expected ack, matching or after, found operation or log: dm-flakey is the kernel's, which cuts when it is told to; use storage.method: power`,
    );
}

/** What is printed to a terminal is taken in time only where its writers can be made to wait: on the host. */
function refuseTerminal(where: string, scenario: Scenario): void {
  if (!scenario.workload.terminal) return;
  const other =
    scenario.place !== 'host'
      ? `place: ${scenario.place}`
      : scenario.server
        ? 'a server'
        : containerOf(scenario)
          ? 'a container'
          : null;
  if (other !== null)
    throw new UsageError(
      `${where}: key workload.terminal: expected a workload of its own on the host, found ${other}: let it flush standard output after each ack (stdbuf -oL)`,
    );
}

/** What a storage owes follows from calls that were followed and from crash states of a recorded disk. */
function refuseOwed(where: string, scenario: Scenario): void {
  if (!scenario.promise?.owed) return;
  const live = scenario.storage.find(isLive);
  if (live || !asksForReplay(scenario) || (scenario.engine && !scenario.engine.includes('contract'))) {
    throw new UsageError(
      `${where}: key promise.owed: expected the engines contract and replay and a recorded disk, found ${live ? `storage.method ${live.method}` : `engine ${scenario.engine!.join(',')}`}: what is owed follows from the system calls, and whether it is kept from recovered crash states`,
    );
  }
}

/** A storage says how it loses power; an engine that cannot follow it is a contradiction. */
function refuseEngines(where: string, { engine, storage }: Scenario): void {
  if (engine === undefined) return;
  if (engine.length === 0) {
    throw new UsageError(`${where}: key engine: expected contract, replay or live, found none`);
  }
  for (const name of ['replay', 'live'] as const) {
    const other = storage.find((one) => isLive(one) !== (name === 'live'));
    if (engine.includes(name) && other) {
      throw new UsageError(
        `${where}: key engine: ${name} cannot judge storage.method ${other.method}: without this key each storage gets the engine that can`,
      );
    }
  }
}
