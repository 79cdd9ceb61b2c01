import type { Operation } from '../call.js';
import type { Arguments, Decoder } from './arguments.js';

/** A user or a group; null for -1, as a signed or as an unsigned number, which leaves it as it is. */
export function idOf(a: Arguments, index: number): number | null {
  const id = a.number(index);
  return id === -1 || id === 0xffffffff ? null : id;
}

const user = (a: Arguments, index: number): Operation => ({ op: 'identity', uid: idOf(a, index), gid: null });
const group = (a: Arguments, index: number): Operation => ({
  op: 'identity',
  uid: null,
  gid: idOf(a, index),
});

/** Calls that change whom a thread is for the file system: its effective user and group (credentials(7)). */
export const identityCalls: Record<string, Decoder> = {
  setuid: (a) => user(a, 0),
  setgid: (a) => group(a, 0),
  setreuid: (a) => user(a, 1),
  setregid: (a) => group(a, 1),
  setresuid: (a) => user(a, 1),
  setresgid: (a) => group(a, 1),
  setfsuid: (a) => user(a, 0),
  setfsgid: (a) => group(a, 0),
};
