/**
 * What a scenario whose programs run in a container image cannot have. The image is a guest's: nothing on the host can
 * run its checker, and a checker that saw another system than the workload would judge something else.
 */
import { checksInContainer, containerOf } from '../../scenario/container.js';
import type { Guest } from '../../scenario/schema/guest.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { UsageError } from '../../verdict/errors.js';
import { asksForReplay } from './engines.js';

/** Whose kernel recovers crash states: a checker in an image decides what the scenario leaves open. */
export function recoveryOf(scenario: Scenario): Guest['recover'] {
  if (scenario.place === 'container') return wishOf(scenario) === 'auto' ? 'host' : wishOf(scenario);
  return checksInContainer(scenario) ? 'guest' : wishOf(scenario);
}

function wishOf({ recover, vm }: Scenario): Guest['recover'] {
  return vm.recover === 'auto' ? recover : vm.recover;
}

/** What a scenario whose place is a container engine's cannot have: its checker runs where a container is mounted into. */
function refuseInContainer(where: string, scenario: Scenario): void {
  const { checker, engine } = scenario;
  const wish = wishOf(scenario);
  if (checker && wish !== 'auto' && wish !== 'host') {
    throw new UsageError(
      `${where}: key recover: expected auto or host, found ${wish}: the checker runs in a container, which only the host mounts`,
    );
  }
  if (!asksForReplay(scenario)) {
    throw new UsageError(
      `${where}: key engine: expected replay among them, found ${engine!.join(',')}: without a recorded disk there is nothing to mount in a container`,
    );
  }
}

/** @throws UsageError naming the key */
export function refuseContainers(where: string, scenario: Scenario): void {
  if (scenario.place === 'container') refuseInContainer(where, scenario);
  const container = containerOf(scenario);
  if (container === null) return;
  const { place, vm, engine } = scenario;
  if (place !== 'vm') {
    throw new UsageError(
      `${where}: key vm.root: ${container} needs place: vm, found ${place}: a container image is mounted in a guest`,
    );
  }
  if (!asksForReplay(scenario)) {
    throw new UsageError(
      `${where}: key engine: expected replay among them, found ${engine!.join(',')}: without a recorded disk the workload runs on the host, not in ${container}`,
    );
  }
  if (!checksInContainer(scenario)) return;
  const wish = wishOf(scenario);
  if (wish === 'host' || wish === 'uml') {
    throw new UsageError(
      `${where}: key ${vm.recover === wish ? 'vm.recover' : 'recover'}: expected auto or guest, found ${wish}: the checker runs in ${container}, which only a guest has`,
    );
  }
  if (engine?.includes('contract')) {
    throw new UsageError(
      `${where}: key engine: contract cannot be judged with a checker that runs in ${container}: its crash directories are on the host; leave the key out, or name replay`,
    );
  }
}
