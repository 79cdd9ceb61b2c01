/** Lanes in User-mode Linux, for traces recorded anywhere. */
import { type UmlKernel, umlKernel } from '../../../vm/image/uml-kernel.js';
import { startUmlLanes } from '../../../vm/lane/uml/uml-lane.js';
import { diskSizeBytes } from '../../attach/file-system.js';
import type { LaneClient } from '../../explore/lane-client.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Storage } from '../../scenario/schema/storage.js';
import type { RunSpace } from '../../state/run-space.js';
import { isUml } from '../planning/kernels.js';

const anyUml = 'uml';

export interface UmlLaneOptions {
  space: RunSpace;
  storage: Storage;
  loaded: Pick<LoadedScenario, 'input' | 'scenario'>;
  /** The guest's kernel, if it is one of these. */
  kernel: string | null;
  lanes?: number | undefined;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}

const kernels = new Map<string, Promise<UmlKernel>>();

/** Lanes in User-mode Linux; its program is made first, where it is not there. */
export function umlLanes(options: UmlLaneOptions): LaneClient[] {
  const { space, storage, loaded, kernel, lanes, signal, onStep } = options;
  const { input, scenario } = loaded;
  const keepCrc32c = scenario.vm.crc32c === 'original';
  const name = kernel !== null && isUml(kernel) ? kernel : anyUml;
  const key = `${name} ${keepCrc32c}`;
  let image = kernels.get(key);
  if (!image) {
    image = umlKernel(name, { signal, onStep, keepCrc32c });
    kernels.set(key, image);
    // What could not be had once may be had later.
    image.catch(() => kernels.delete(key));
  }
  const sizeBytes = diskSizeBytes(storage);
  // What a guest is given that records is more than one needs that recovers.
  const memoryMib = input.vm?.memory === undefined ? undefined : Math.ceil(scenario.vm.memory / 2 ** 20);
  return startUmlLanes({ space, kernel: image, storage, sizeBytes, memoryMib, lanes });
}
