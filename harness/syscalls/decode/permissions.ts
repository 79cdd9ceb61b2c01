import type { Arguments } from './arguments.js';

/** As strace names them in front of the octal digits: `S_ISUID|0755` (inode(7)). */
const specialBits = { S_ISUID: 0o4000, S_ISGID: 0o2000, S_ISVTX: 0o1000 };

export function mode(a: Arguments, index: number): number {
  const value = a.call.arguments[index];
  // The kernel ignores the bits that tell a file's type (chmod(2) masks with S_IALLUGO).
  if (value?.kind === 'number') return value.value & 0o7777;
  if (value?.kind !== 'word') return 0;
  const octal = /(?:^|\|)(0[0-7]*)$/.exec(value.text);
  const special = Object.entries(specialBits).filter(([name]) => value.text.includes(name));
  return special.reduce((sum, [, bit]) => sum | bit, octal ? Number.parseInt(octal[1]!, 8) : 0);
}
