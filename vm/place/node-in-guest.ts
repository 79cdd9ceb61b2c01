/** A program of ours in a guest that has the host's files: by the same node, which finds the same modules. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AgentClient, GuestProgramEnd } from '../machine/agent-client.js';
import type { GuestMachine } from '../machine/guest-machine.js';

const graceMs = 60_000;

/** What of the host's node needs, wherever the package lies. */
export function filesOfNode(): string[] {
  const koffi = createRequire(import.meta.url).resolve('koffi');
  const modules = koffi.slice(0, koffi.lastIndexOf('/node_modules/') + '/node_modules'.length);
  return [process.execPath, fileURLToPath(new URL('../../../', import.meta.url)), modules];
}

/**
 * @param machine one that is shown `filesOfNode()`
 * @returns what it printed
 * @throws Error with its last words when it failed
 */
export async function runNode(
  machine: Pick<GuestMachine, 'agent'>,
  words: readonly string[],
  { input, timeoutMs }: { input: string; timeoutMs: number },
): Promise<string> {
  const { agent }: { agent: AgentClient } = machine;
  const end = await agent.call<GuestProgramEnd>(
    'run',
    { argv: [process.execPath, ...words], input, timeout_s: timeoutMs / 1000 },
    { timeoutMs: timeoutMs + graceMs },
  );
  if (end.exit_code === 0) return text(end.stdout);
  const why = end.timed_out ? `it did not end within ${timeoutMs / 1000} s` : text(end.stderr).trim();
  throw new Error(why === '' ? `it ended with ${end.signal ?? end.exit_code}` : why);
}

function text(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
