import { debianKernel } from '../../../vm/image/debian-kernel.js';
import { umlKernel } from '../../../vm/image/uml-kernel.js';
import { qemuProbePlace } from '../../../vm/probe/qemu-place.js';
import { umlProbePlace } from '../../../vm/probe/uml-place.js';
import { hostRunNeed, missingFor } from '../../doctor/need.js';
import type { ProbedStorage } from '../../probe/config.js';
import { hostPlace, type ProbePlace } from '../../probe/place.js';
import { type Layer, layerLabel, needsGuest } from '../../scenario/schema/layers.js';
import type { FileSystem } from '../../scenario/schema/storage.js';
import { UsageError } from '../../verdict/errors.js';
import { requireHost } from '../planning/require-host.js';
import { requireUml } from '../planning/resolve-places.js';

/** Kernels by their names, and what is to be made there. */
interface PlacesAsked {
  kernel: readonly string[];
  storage: readonly Pick<ProbedStorage, 'fs' | 'layers'>[];
}

/**
 * Where each kernel of a configuration is asked.
 *
 * @throws UsageError for a kernel that the probe does not run on, UnavailableError naming what is missing here
 */
export async function probePlaces(
  { kernel, storage }: PlacesAsked,
  options: { signal: AbortSignal; onStep: (step: string) => void },
): Promise<ProbePlace[]> {
  const fileSystems = [...new Set(storage.map(({ fs }) => fs))];
  const layers = storage.flatMap(({ layers }) => layers);
  const places: ProbePlace[] = [];
  for (const name of kernel) places.push(await placeOf(name, fileSystems, layers, options));
  return places;
}

async function placeOf(
  name: string,
  fileSystems: readonly FileSystem[],
  layers: readonly Layer[],
  options: { signal: AbortSignal; onStep: (step: string) => void },
): Promise<ProbePlace> {
  if (name === 'auto') {
    if (layers.some(needsGuest)) return placeOf('uml', fileSystems, layers, options);
    const missing = missingFor(hostRunNeed(fileSystems));
    if (missing.length > 0)
      options.onStep(
        `in User-mode Linux, because the host has no ${missing.map(({ name }) => name).join(', ')}`,
      );
    return placeOf(missing.length === 0 ? 'host' : 'uml', fileSystems, layers, options);
  }
  if (name === 'host') {
    const guests = layers.filter(needsGuest);
    if (guests.length > 0)
      throw new UsageError(
        `--kernel host: layers ${guests.map(layerLabel).join(', ')}: device mapper and md are not touched on the host: expected --kernel uml, or that of a machine in QEMU (cloud, generic)`,
      );
    requireHost(fileSystems, []);
    return hostPlace();
  }
  if (debianKernel(name)?.flavour !== 'uml') return qemuProbePlace(name, options);
  requireUml(fileSystems);
  return umlProbePlace(await umlKernel(name, options));
}
