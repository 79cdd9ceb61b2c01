import type { AgentClient } from '../machine/agent-client.js';

/**
 * dmsetup(8) in a guest, without udev: nodes below /dev/mapper come and go with `mknodes`.
 *
 * @returns what it printed
 * @throws Error with the kernel's or the program's own words
 */
export function dmsetup(agent: AgentClient, ...words: string[]): Promise<string> {
  return succeeding(agent, ['dmsetup', ...words]);
}

/** Several dmsetup commands in one shell: what comes between them is time in which writes pile up. */
export function dmsetupAtOnce(agent: AgentClient, commands: readonly string[]): Promise<string> {
  return succeeding(agent, ['/bin/sh', '-c', commands.map((command) => `dmsetup ${command}`).join(' && ')]);
}

async function succeeding(agent: AgentClient, argv: readonly string[]): Promise<string> {
  const end = await agent.run(argv);
  if (end.exit_code !== 0) {
    const said = Buffer.from(end.stderr, 'base64').toString().trim().replaceAll('\n', '; ');
    throw new Error(`${argv.join(' ')} failed in the guest (${end.signal ?? end.exit_code}): ${said}`);
  }
  return Buffer.from(end.stdout, 'base64').toString().trim();
}
