import { statSync } from 'node:fs';

/** The numbers by which the kernel knows a device node's device (makedev(3)). */
export function deviceNumber(path: string): { major: number; minor: number } {
  const { rdev } = statSync(path);
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}
