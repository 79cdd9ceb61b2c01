/**
 * A program that brings the C library it was built for: Debian's User-mode Linux of today needs a newer one than many
 * machines have.
 *
 * Two texts of the ELF file are overwritten in place by shorter ones: the loader's path (segment PT_INTERP) becomes
 * `./ld-linux-x86-64.so.2`, the library search path (DT_RUNPATH) `$ORIGIN`. So the program must be started with its own
 * folder as working directory, and the folder may lie and be moved anywhere. Called through the loader instead, UML
 * does not come up: it executes /proc/self/exe again.
 */
import { UnavailableError } from '../../harness/verdict/errors.js';

export const loaderName = 'ld-linux-x86-64.so.2';

const changes = [
  ['/lib64/ld-linux-x86-64.so.2\0', `./${loaderName}\0`],
  ['\0/lib64:/lib\0', '\0$ORIGIN\0'],
] as const;

/** @throws UnavailableError when the program was linked in another way */
export function withOwnLibraries(program: Buffer, name: string): Buffer {
  const result = Buffer.from(program);
  for (const [old, wanted] of changes) {
    const at = result.indexOf(old);
    if (at < 0 || result.indexOf(old, at + 1) >= 0) {
      throw new UnavailableError(
        `${name}: expected a program linked for ${old.replaceAll('\0', '')} once, found another; take the kernel of another release`,
      );
    }
    result.fill(0, at, at + old.length);
    result.write(wanted, at, 'latin1');
  }
  return result;
}
