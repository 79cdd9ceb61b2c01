import { kernelReleaseOf } from '../../../vm/image/bzimage.js';
import { debianKernel } from '../../../vm/image/debian-kernel.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { KernelLacksError, UsageError } from '../../verdict/errors.js';

/** Whether a kernel's name means User-mode Linux. */
export function isUml(kernel: string): boolean {
  return debianKernel(kernel)?.flavour === 'uml';
}

/** Whether programs in User-mode Linux find the host's own files, which is the default there. */
export function isHostRoot({ vm }: Pick<Scenario, 'vm'>): boolean {
  return vm.root === 'auto' || vm.root === 'host';
}

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
  for (const { vm } of guests) {
    const other = vm.kernel.find((kernel) => !isUml(kernel));
    if (vm.root === 'host' && other !== undefined) {
      throw new UsageError(
        `key vm.root: host needs User-mode Linux (--kernel uml), found ${other}: QEMU shows a guest no files of the host`,
      );
    }
  }
}

/** What one of several kernels lacks leaves its run without a verdict; the others go on. */
export function lacksAmongKernels(error: unknown, { scenario }: LoadedScenario): error is KernelLacksError {
  return error instanceof KernelLacksError && scenario.vm.kernel.length > 1;
}
