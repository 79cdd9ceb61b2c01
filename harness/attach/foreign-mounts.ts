/** Mounts put into the mount namespace of another process: open_tree(2), move_mount(2), setns(2). */
import { closeSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import koffi from 'koffi';
import { SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const calls = {
  unshare: libc.func('int unshare(int flags)'),
  setns: libc.func('int setns(int fd, int kind)'),
  openTree: libc.func('syscall', 'long', ['long', 'long', 'str', 'long']),
  moveMount: libc.func('syscall', 'long', ['long', 'long', 'str', 'long', 'str', 'long']),
};
/** The same on every architecture. */
const number = { openTree: 428, moveMount: 429 } as const;
const shareFileSystem = 0x200;
const mounts = 0x20000;
const atCurrentFolder = -100;
const clone = 1;
const emptyPath = 4;

export interface ForeignMount {
  /** Folder or file of this process's. */
  from: string;
  /** Where it is to be there; folders above it are made. */
  to: string;
}

/**
 * Shows folders and files of ours to a process in another mount namespace, which need not see where they are mounted here;
 * then calls `finish`, whose synchronous file calls are in that namespace. Needs root.
 *
 * @throws SystemCallError; this process may be left in the other namespace then
 */
export function mountInside(pid: number, list: readonly ForeignMount[], finish: () => void): void {
  const home = openSync('/proc/self/ns/mnt', 'r');
  const there = openSync(`/proc/${pid}/ns/mnt`, 'r');
  const trees = list.map(({ from, to }) => {
    const fd = Number(calls.openTree(number.openTree, atCurrentFolder, from, clone));
    if (fd < 0) throw new SystemCallError('open_tree', from, koffi.errno());
    return { fd, to, isFolder: statSync(from).isDirectory() };
  });
  // Only who shares root and current directory with no other thread may change the namespace.
  check(calls.unshare(shareFileSystem), 'unshare', 'CLONE_FS');
  check(calls.setns(there, mounts), 'setns', `${pid}`);
  for (const { fd, to, isFolder } of trees) {
    if (isFolder) mkdirSync(to, { recursive: true });
    else {
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, '');
    }
    check(
      Number(calls.moveMount(number.moveMount, fd, '', atCurrentFolder, to, emptyPath)),
      'move_mount',
      to,
    );
    closeSync(fd);
  }
  finish();
  check(calls.setns(home, mounts), 'setns', 'back');
  closeSync(home);
  closeSync(there);
}

function check(result: number, syscall: string, detail: string): void {
  if (result < 0) throw new SystemCallError(syscall, detail, koffi.errno());
}
