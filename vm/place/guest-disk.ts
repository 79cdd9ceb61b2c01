/** The file system under test on a disk in a guest: made, mounted and unmounted through the agent. */
import { fileSystemFacts } from '../../harness/attach/file-system.js';
import type { Storage } from '../../harness/scenario/schema/storage.js';
import { KernelLacksError, UsageError } from '../../harness/verdict/errors.js';
import { type AgentClient, GuestError } from '../machine/agent-client.js';

/** Emulated machines make file systems slowly. */
const mkfsLimitMs = 180_000;

export async function makeGuestFileSystem(
  agent: AgentClient,
  device: string,
  storage: Storage,
): Promise<void> {
  const lacking = await agent.call<string[]>('modules', { names: [storage.fs] });
  if (lacking.length > 0) {
    throw new KernelLacksError(
      `storage.fs: the guest's kernel has no ${storage.fs}: use another one (vm.kernel: generic has all of Debian's file systems)`,
    );
  }
  const command = [...fileSystemFacts[storage.fs].mkfs, ...storage.mkfs, device];
  const end = await agent.run(command, { timeoutMs: mkfsLimitMs });
  if (end.exit_code !== 0) {
    const said = Buffer.from(end.stderr, 'base64').toString().trim();
    throw new UsageError(
      `${command.join(' ')} failed in the guest (${end.signal ?? end.exit_code}): ${said}`,
    );
  }
}

/** Mounts a fresh file system with the scenario's options. */
export async function mountGuestStorage(
  agent: AgentClient,
  device: string,
  at: string,
  { fs, mount }: Pick<Storage, 'fs' | 'mount'>,
): Promise<void> {
  try {
    await agent.call('mount', { device, at, fs, options: mount });
  } catch (error) {
    if (!(error instanceof GuestError) || error.code === null) throw error;
    throw new UsageError(
      `storage.mount: a fresh ${fs} does not mount in the guest with options ${JSON.stringify(mount)}: ${error.code}`,
    );
  }
}
