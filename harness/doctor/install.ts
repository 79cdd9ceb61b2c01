/**
 * Brings what this machine lacks, for whoever has plugpull installed and no checkout: Debian packages, and the device
 * nodes that a container's /dev has not. Each does nothing where nothing is missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { UnavailableError } from '../verdict/errors.js';
import { findCommand } from './find-command.js';
import { tools } from './tools.js';

/** Of what is named for the tests alone nothing is needed to use plugpull. */
export const forTestsOnly: ReadonlySet<string> = new Set(['gcc', 'sqlite3', 'chromium', 'dockerd']);

/** Packages of missing programs: for runs on the host, with `guests` also for runs in virtual machines. */
export function missingPackages(guests: boolean): string[] {
  const wanted = Object.entries(tools).filter(
    ([name, { optional }]) =>
      !forTestsOnly.has(name) && (optional === undefined || (guests && optional === 'guest')),
  );
  return [
    ...new Set(wanted.flatMap(([name, tool]) => (findCommand(name) === undefined ? [tool.package] : []))),
  ].sort();
}

/** Installs Debian packages. @throws UnavailableError saying what to type, where that cannot be done here */
export function installPackages(packages: readonly string[]): void {
  if (packages.length === 0) return;
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (findCommand('apt-get') === undefined) {
    throw new UnavailableError(`no apt-get here; these Debian packages are missing: ${packages.join(' ')}`);
  }
  if (process.getuid?.() !== 0)
    throw new UnavailableError(`not root; to install what is missing: sudo sh -c '${command}'`);
  const { status } = spawnSync('/bin/sh', ['-c', command], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new UnavailableError(`could not install: ${packages.join(' ')}; see above`);
}

export interface DeviceNode {
  path: string;
  kind: 'b' | 'c';
  major: number;
  minor: number;
}

const loopDevices = 32;

/** Nodes that plugpull uses and that are not there. */
export function missingNodes(exists: (path: string) => boolean = existsSync): DeviceNode[] {
  const wanted: DeviceNode[] = [
    { path: '/dev/fuse', kind: 'c', major: 10, minor: 229 },
    { path: '/dev/loop-control', kind: 'c', major: 10, minor: 237 },
  ];
  // On a devtmpfs the kernel makes the node of a loop device along with the device.
  if (!/^devtmpfs \/dev devtmpfs /m.test(readFileSync('/proc/mounts', 'utf8'))) {
    for (let minor = 0; minor < loopDevices; minor++)
      wanted.push({ path: `/dev/loop${minor}`, kind: 'b', major: 7, minor });
  }
  return wanted.filter(({ path }) => !exists(path));
}

/** Makes nodes with mknod(1). @throws UnavailableError when that is refused */
export function makeNodes(nodes: readonly DeviceNode[]): void {
  for (const { path, kind, major, minor } of nodes) {
    const { status, stderr } = spawnSync('mknod', ['-m', '0600', path, kind, String(major), String(minor)], {
      encoding: 'utf8',
    });
    if (status === 0) continue;
    throw new UnavailableError(
      `cannot make ${path} (${stderr.trim()}): as root in a container it takes --cap-add MKNOD, or --device ${path}`,
    );
  }
}
