/** Memory shared with another process, and memory whose address the kernel can be told: mmap(2) as Buffers. */
import koffi from 'koffi';
import { SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const calls = {
  mmap: libc.func(
    'intptr_t mmap(intptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)',
  ),
  munmap: libc.func('int munmap(intptr_t address, size_t length)'),
};

const readWrite = 1 | 2;
const shared = 1;
const anonymousPrivate = 0x20 | 2;

export interface MappedMemory {
  /** Where it lies in this process. */
  readonly address: number;
  readonly bytes: ArrayBuffer;
  /** Gives it back. Whoever touches `bytes` afterwards ends the process. */
  unmap(): void;
}

/** The first `lengthBytes` of a file, shared with everybody who maps it. The file must not become shorter. */
export function mapShared(fd: number, lengthBytes: number): MappedMemory {
  return map(lengthBytes, shared, fd);
}

/** Zeroed memory of this process alone, at the start of a page. */
export function mapAnonymous(lengthBytes: number): MappedMemory {
  return map(lengthBytes, anonymousPrivate, -1);
}

function map(lengthBytes: number, flags: number, fd: number): MappedMemory {
  const address: number = calls.mmap(0, lengthBytes, readWrite, flags, fd, 0);
  if (address === -1) throw new SystemCallError('mmap', `${lengthBytes} bytes of ${fd}`, koffi.errno());
  const bytes = koffi.view(BigInt(address), lengthBytes);
  return {
    address,
    bytes,
    unmap() {
      calls.munmap(address, lengthBytes);
    },
  };
}
