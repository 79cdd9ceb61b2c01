import type { ContainerFacts } from '../../harness/scenario/container.js';
import { UsageError } from '../../harness/verdict/errors.js';
import type { ContainerImage } from '../image/container-image.js';
import type { AgentClient } from './agent-client.js';

/** By which a guest knows the disk with the image. */
export const containerSerial = 'container';

/**
 * Lays out the container image that a guest's workloads are to run in, and that is one of its disks.
 *
 * @throws UsageError when nothing in it can run a scenario's commands
 */
export async function openContainer(
  agent: AgentClient,
  { name, id, environment }: ContainerImage,
): Promise<ContainerFacts> {
  const device = await agent.call<string>('find_disk', { serial: containerSerial });
  const { has_shell } = await agent.call<{ has_shell: boolean }>('open_container', {
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
