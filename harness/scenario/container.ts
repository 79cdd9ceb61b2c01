import { ownRoots } from './schema/guest.js';
import type { Scenario } from './schema/scenario.js';

/** A container image that a scenario's programs run in. */
export interface ContainerFacts {
  /** As the scenario names it. */
  name: string;
  /** What names its content: `sha256:...`. */
  id: string;
}

/** The image that workload, setup and checker run in; null where they run in the guest's own root, or on the host. */
export function containerOf({ vm }: Pick<Scenario, 'vm'>): string | null {
  return (ownRoots as readonly string[]).includes(vm.root) ? null : vm.root;
}

export function checksInContainer(scenario: Pick<Scenario, 'vm' | 'checker'>): boolean {
  return scenario.checker !== undefined && containerOf(scenario) !== null;
}
