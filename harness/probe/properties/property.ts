/**
 * A persistence property: something that every crash state of certain workloads has in common on file systems that have it,
 * and that nobody promises. It says what a crash may leave of calls that no sync call followed.
 *
 * Those asked for are the ones of Pillai et al., "All File Systems Are Not Created Equal: On the Complexity of Crafting
 * Crash-Consistent Applications" (OSDI 2014, table 1), and the idioms of applications that rest on them.
 */
import { parseWorkload, type Workload } from '../workload/workload.js';
import type { Shown } from './shown.js';

export interface PropertyWorkload {
  workload: Workload;
  /**
   * Asked of every tree that a crash leaves.
   * @param before what the program saw before each operation of the body, and behind the last
   * @returns what is wrong with it: goes on from `FILE SYSTEM leaves`; null where the property holds
   */
  breach(shown: Shown, before: readonly Shown[]): string | null;
}

export interface Property {
  /** In documents and on the command line. */
  name: string;
  family: 'atomicity' | 'order' | 'idiom';
  /** What is so in every crash state. */
  says: string;
  source: string;
  workloads: readonly PropertyWorkload[];
}

/** What is lost as one: of an operation that is to be whole, each write is torn besides. */
export function granularityOf({ family }: Pick<Property, 'family'>): 'torn' | 'write' {
  return family === 'atomicity' ? 'torn' : 'write';
}

export const pillai = 'Pillai et al., OSDI 2014, table 1';

/** @param text in the probe's notation */
export function asked(text: string, breach: PropertyWorkload['breach']): PropertyWorkload {
  return { workload: parseWorkload(text, 'a workload of the catalogue'), breach };
}
