import { fileURLToPath } from 'node:url';
import { allowedProcessors } from '../../harness/attach/scheduling.js';
import type { ProbePlace } from '../../harness/probe/place.js';
import { type UmlKernel, umlKernelLabel } from '../image/uml-kernel.js';

/** node, mkfs, and what a file system keeps. */
const memoryMib = 256;

/** Lanes in User-mode Linux, each on a core of its own. */
export function umlProbePlace(kernel: UmlKernel): ProbePlace {
  const { folder, program, modules } = kernel;
  const processors = allowedProcessors();
  return {
    kernel: umlKernelLabel(kernel),
    kernelName: kernel.name,
    place: 'vm',
    command: [process.execPath, fileURLToPath(new URL('./uml-probe-lane-process.js', import.meta.url))],
    guest: (nth) => ({
      kind: 'uml',
      kernel: { folder, program, modules },
      memoryMib,
      processor: processors[nth % processors.length] ?? null,
    }),
    mostLanes: () => Number.POSITIVE_INFINITY,
  };
}
