import type { LoadedScenario } from '../../scenario/load.js';
import { diskBehaviour } from '../../scenario/schema/disk.js';
import { layerLabel, needsGuest } from '../../scenario/schema/layers.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { Storage } from '../../scenario/schema/storage.js';
import { UsageError } from '../../verdict/errors.js';

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

function methodProblem({ method, disk, layers }: Storage, { place }: Scenario): string | null {
  if (disk.bus !== 'virtio' && place !== 'vm') {
    return `disk.bus: ${disk.bus} needs place: vm, found ${place}: on the host the disk is a loop device`;
  }
  // Measured with QEMU 7.2: of ext4's commits, sent as FUA, none arrives as one. Right programs would seem to lose data.
  if (disk.bus === 'nvme') {
    return 'disk.bus: expected virtio or scsi, found nvme: the NVMe controller that QEMU emulates takes FUA writes for plain ones';
  }
  if (layers.length > 0 && (place !== 'host' || method !== 'disk'))
    return `layers: ${layers.map(layerLabel).join(', ')} needs place: host and method: disk, found ${place} and ${method}: layers are put in place on the host only`;
  if (layers.some(needsGuest))
    return `layers: ${layers.map(layerLabel).join(', ')}: device mapper and md are not touched on the host; plugpull probe --kernel uml has them`;
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
