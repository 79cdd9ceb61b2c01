import type { Thread } from '../descriptors.js';

/** The mode of what a thread makes: less what its mask takes away (umask(2)). */
export function made(mode: number, { directory: { umask } }: Thread): { mode: number; modeKnown: boolean } {
  return { mode: mode & ~(umask ?? 0o022), modeKnown: umask !== null };
}
