/** A network, or mounts, of one's own: unshare(2), network_namespaces(7), ipc_namespaces(7), mount_namespaces(7), netdevice(7). */
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import { ioctl, SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const calls = {
  unshare: libc.func('int unshare(int flags)'),
  setns: libc.func('int setns(int fd, int kind)'),
  socket: libc.func('int socket(int domain, int type, int protocol)'),
};

const newMounts = 0x20000;
const newNetwork = 0x40000000;
const newIpc = 0x08000000;
const inet = 2;
const datagrams = 2;
const setFlags = 0x8914;
const upAndRunning = 0x41;
/** struct ifreq: the device's name, then its flags. */
const requestBytes = 40;
const nameBytes = 16;

/**
 * Gives the calling thread, and what it starts from now on, a network with a loopback device and nothing else, and System V
 * shared memory of its own: what a killed server leaves of that (PostgreSQL one segment each time) goes with its namespace.
 *
 * @returns false where that is not allowed: the network stays as it was
 */
export function enterOwnNetwork(): boolean {
  // A kernel may lack the one kind and have the other.
  calls.unshare(newIpc);
  if (calls.unshare(newNetwork) < 0) return false;
  const fd = calls.socket(inet, datagrams, 0) as number;
  if (fd < 0) return true;
  const request = Buffer.alloc(requestBytes);
  request.write('lo');
  request.writeUInt16LE(upAndRunning, nameBytes);
  try {
    ioctl(fd, setFlags, request);
  } finally {
    closeSync(fd);
  }
  return true;
}

/**
 * Gives the calling thread, and what it starts from now on, mounts of its own: a copy of those that are there, and what it
 * mounts from now on goes with it.
 *
 * For whoever works on a disk that its parent serves: the last one to leave the place of a mount unmounts it in the midst of
 * its own end, before its descriptors are closed. Were that the server, it would wait for itself, for ever, and sync(2) of
 * the whole machine with it.
 *
 * @throws SystemCallError
 */
export function enterOwnMounts(): void {
  if (calls.unshare(newMounts) < 0) throw new SystemCallError('unshare', 'CLONE_NEWNS', koffi.errno());
}

/** The mounts that this process has now, to come back to: a descriptor. */
export function openMounts(): number {
  return openSync('/proc/self/ns/mnt', 'r');
}

/**
 * Gives the calling thread these mounts (setns(2)), which it must have left by `enterOwnMounts` before.
 *
 * @throws SystemCallError
 */
export function enterMounts(fd: number): void {
  if (calls.setns(fd, newMounts) < 0) throw new SystemCallError('setns', 'CLONE_NEWNS', koffi.errno());
}
