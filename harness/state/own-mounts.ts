import { spawnSync } from 'node:child_process';

const command = ['unshare', '--mount', '--propagation', 'slave', '--'];
let allowed: boolean | null = null;

/**
 * The beginning of a command line that gives a program mounts of its own (mount_namespaces(7)): what it mounts, or takes
 * away, nobody else sees, and it is gone with the program. What others unmount meanwhile it does not hold on to, where their
 * mounts are shared, as systemd makes them. Empty where that is not allowed; there the program cannot
 * mount either.
 */
export function ownMounts(): readonly string[] {
  allowed ??= spawnSync(command[0]!, [...command.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
  return allowed ? command : [];
}
