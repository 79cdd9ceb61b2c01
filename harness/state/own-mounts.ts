import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { shellQuote } from '../scenario/shell-quote.js';
import { foreignMounts } from './copied-mounts.js';
import { runMark } from './run-space.js';

const command = ['unshare', '--mount', '--propagation', 'slave', '--'] as const;
let allowed: boolean | null = null;

/**
 * Whether this process has other mounts than who began its run, and than the machine: then what it mounts anywhere is its own
 * business. False where that cannot be told, as in a guest or a container.
 */
export function hasOwnMounts(): boolean {
  const own = namespaceOf('self');
  const owners = namespaceOf(Number.parseInt(process.env[runMark] ?? '', 10));
  // The owner may be dead, and its number somebody else's.
  return owners !== null && owners !== own && namespaceOf(1) !== own;
}

/** Of a process's mounts; null where nobody lets us look. */
function namespaceOf(pid: number | 'self'): number | null {
  try {
    return statSync(`/proc/${pid}/ns/mnt`).ino;
  } catch {
    return null;
  }
}

/**
 * The beginning of a command line that gives a program mounts of its own (mount_namespaces(7)): what it mounts, or takes
 * away, nobody else sees, and it is gone with the program. They begin as a copy of ours; what other runs mounted is taken out
 * of it, since a copy would hold on to their disks while the program runs. What others unmount meanwhile is gone in the copy,
 * too, but only where mounts are shared, as systemd makes them. Empty where that is not allowed; there the program cannot
 * mount either.
 */
export function ownMounts(): readonly string[] {
  allowed ??= spawnSync(command[0], [...command.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
  return allowed ? [...command, ...withoutCopies()] : [];
}

/** The command line of a program that has to have mounts of its own, as `ownMounts` says. */
export function withOwnMounts(program: string, ...words: string[]): [string, ...string[]] {
  return [...command, ...withoutCopies(), program, ...words];
}

/** As the beginning of a command line in a namespace that is a copy. */
function withoutCopies(): string[] {
  const copies = foreignMounts();
  if (copies.length === 0) return [];
  const drop = `umount -l ${copies.map(shellQuote).join(' ')} 2>/dev/null; exec "$@"`;
  return ['/bin/sh', '-c', drop, 'sh'];
}
