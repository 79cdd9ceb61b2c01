import type { ContainerFacts } from '../../harness/scenario/container.js';
import { UsageError } from '../../harness/verdict/errors.js';
import type { ContainerImage } from '../image/container-image.js';
import type { Machine } from './machine.js';

/**
 * Gives a guest the container image that its workloads are to run in.
 *
 * @throws UsageError when nothing in it can run a scenario's commands
 */
export async function openContainer(machine: Machine, container: ContainerImage): Promise<ContainerFacts> {
  const { name, id, image, environment } = container;
  const device = await machine.addDisk({
    serial: 'container',
    bus: 'virtio',
    source: { kind: 'file', path: image, readOnly: true },
  });
  const { has_shell } = await machine.agent.call<{ has_shell: boolean }>('open_container', {
    device,
    environment,
  });
  if (!has_shell) {
    throw new UsageError(
      `--root ${name}: expected an image with a /bin/sh, which runs a scenario's commands, found one without`,
    );
  }
  return { name, id };
}
