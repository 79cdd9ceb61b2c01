import type { AgentClient } from '../machine/agent-client.js';

/**
 * dmsetup(8) in a guest, without udev: nodes below /dev/mapper come and go with `mknodes`.
 *
 * @returns what it printed
 * @throws Error with the kernel's or the program's own words
 */
export async function dmsetup(agent: AgentClient, ...words: string[]): Promise<string> {
  const end = await agent.run(['dmsetup', ...words]);
  if (end.exit_code !== 0) {
    const said = Buffer.from(end.stderr, 'base64').toString().trim().replaceAll('\n', '; ');
    throw new Error(
      `dmsetup ${words.join(' ')} failed in the guest (${end.signal ?? end.exit_code}): ${said}`,
    );
  }
  return Buffer.from(end.stdout, 'base64').toString().trim();
}
