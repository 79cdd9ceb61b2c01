import type { LoadedScenario } from '../../scenario/load.js';
import { diskBehaviour } from '../../scenario/schema/disk.js';
import { disksBelow, layerLabel, needsGuest } from '../../scenario/schema/layers.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { Storage } from '../../scenario/schema/storage.js';
import { UsageError } from '../../verdict/errors.js';
import { isHostRoot, isUml } from './kernels.js';

/**
 * Says no to a way of losing power that a scenario's place or disk does not go with. Only for what is still to be
 * recorded: a trace is judged anywhere.
 *
 * @throws UsageError naming the key
 */
export function requireMethods(scenarios: readonly LoadedScenario[]): void {
  for (const { file, scenario } of scenarios) {
    for (const storage of scenario.storage) {
      const problem = methodProblem(storage, scenario);
      if (problem !== null) throw new UsageError(`${file ?? 'this run'}: key storage.${problem}`);
    }
  }
}

function methodProblem(storage: Storage, scenario: Scenario): string | null {
  const { method, disk } = storage;
  const { place } = scenario;
  if (disk.bus !== 'virtio' && place !== 'vm') {
    return `disk.bus: ${disk.bus} needs place: vm, found ${place}: on the host the disk is a loop device`;
  }
  // Measured with QEMU 7.2: of ext4's commits, sent as FUA, none arrives as one. Right programs would seem to lose data.
  if (disk.bus === 'nvme') {
    return 'disk.bus: expected virtio or scsi, found nvme: the NVMe controller that QEMU emulates takes FUA writes for plain ones';
  }
  const layersProblem = problemOfLayers(storage, scenario);
  if (layersProblem !== null) return layersProblem;
  if (method === 'disk') return null;
  if (place !== 'vm' && method !== 'power')
    return `method: ${method} needs place: vm, found ${place}: on the host power is lost on a disk of our own (disk)`;
  // The disk that loses its cache with the guest's power is our own; when it does is the round's choice.
  if (method === 'power') return disk.cut ? 'disk.cut: needs method: disk, found power' : null;
  const plain = diskBehaviour.parse({});
  const { cache, fua, discard, faults, cut } = disk;
  const unlike = Object.entries({ cache, fua, discard, faults, cut }).find(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(plain[key as keyof typeof plain]),
  );
  return unlike
    ? `disk.${unlike[0]}: ${JSON.stringify(unlike[1])} needs method: disk; ${method} lies over a plain disk, with a volatile cache that honours flushes`
    : null;
}

/** Layers are put in place by code of ours: on the host, or where a guest has the host's node and files. */
function problemOfLayers({ layers, method }: Storage, scenario: Scenario): string | null {
  if (layers.length === 0) return null;
  const named = `layers: ${layers.map(layerLabel).join(', ')}`;
  if (method !== 'disk') return `${named}: expected method: disk, found ${method}`;
  if (disksBelow(layers) > 1)
    return `${named}: a run records one disk, and this lies on two: plugpull probe has it`;
  const { place, vm } = scenario;
  if (place === 'container')
    return `${named}: expected place: host or vm, found container: a container is given a directory`;
  if (place !== 'vm')
    return layers.some(needsGuest)
      ? `${named}: device mapper and md are not touched on the host: --place auto, or vm with --kernel uml, has them in User-mode Linux`
      : null;
  const other = vm.kernel.find((kernel) => !isUml(kernel));
  if (other !== undefined)
    return `${named}: in a guest expected User-mode Linux (--kernel uml), found ${other}: layers are put in place by a program of the host's`;
  return isHostRoot(scenario)
    ? null
    : `${named}: expected vm.root: host, found ${vm.root}: layers are put in place by a program of the host's`;
}
