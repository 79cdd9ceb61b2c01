import { kernelReleaseOf } from '../../vm/image/bzimage.js';
import { debianKernel } from '../../vm/image/kernel.js';
import type { LoadedScenario } from '../scenario/load.js';

/**
 * Says no to a kernel that is none before the first run begins: the last of several would be noticed after all the
 * others have run.
 *
 * @throws UsageError naming the kernel
 */
export function requireKernels(scenarios: readonly LoadedScenario[]): void {
  const guests = scenarios.map(({ scenario }) => scenario).filter(({ place }) => place === 'vm');
  for (const kernel of new Set(guests.flatMap(({ vm }) => vm.kernel))) {
    // Else it is a path; reading its release throws when there is no kernel.
    if (debianKernel(kernel) === undefined) kernelReleaseOf(kernel);
  }
}
