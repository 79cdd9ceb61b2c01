/** The servers of a scenario that have a disk each. */
import type { Scenario } from './schema/scenario.js';

/**
 * A name for each disk that is recorded, which is that of the folder that it is mounted in; '' for one that holds all of the
 * workload's directory.
 */
export function diskNames({ nodes }: Pick<Scenario, 'nodes'>): readonly string[] {
  return nodes ? Object.keys(nodes) : [''];
}
