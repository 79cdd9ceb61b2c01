/**
 * The header of a Linux x86 kernel image, as Documentation/arch/x86/boot.rst has it:
 *
 *     0x1fe  u16  0xaa55
 *     0x202  "HdrS"
 *     0x20e  u16  offset of the version's text, less 0x200; 0 when there is none
 *
 * The text begins with the release, up to the first space, and ends with a zero byte.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../../harness/verdict/errors.js';

const headerBytes = 0x210;
const textBytes = 256;

/** The release of the kernel in a bzImage: `6.1.0-56-cloud-amd64`. */
export function kernelReleaseOf(path: string): string {
  const header = read(path, 0, headerBytes);
  if (
    header.length < headerBytes ||
    header.readUInt16LE(0x1fe) !== 0xaa55 ||
    header.toString('latin1', 0x202, 0x206) !== 'HdrS'
  ) {
    throw new UsageError(
      `--kernel ${path}: expected an x86 kernel image (bzImage, vmlinuz), found something else`,
    );
  }
  const offset = header.readUInt16LE(0x20e);
  const text = offset === 0 ? '' : read(path, offset + 0x200, textBytes).toString('latin1');
  const release = /^[^\s\0]+/.exec(text)?.[0];
  if (!release) {
    throw new UsageError(`--kernel ${path}: expected the kernel's release in its header, found none`);
  }
  return release;
}

function read(path: string, position: number, length: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `--kernel ${path}: expected uml, cloud, generic or the path of a kernel image; ${code === 'ENOENT' ? 'there is no such file' : code}`,
      { cause: error },
    );
  }
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
  } catch (error) {
    throw new UsageError(`--kernel ${path}: ${(error as NodeJS.ErrnoException).code}`, { cause: error });
  } finally {
    closeSync(fd);
  }
}
