import type { Value } from '../value.js';
import { type Decoder, flagsOf, nothing, opaqueCall } from './arguments.js';

function protection(value: Value): boolean {
  return flagsOf(value).has('PROT_WRITE');
}

/** Calls that map files into memory. */
export const mappingCalls: Record<string, Decoder> = {
  mmap: (a) => {
    const flags = a.flags(3);
    if (flags.has('MAP_ANONYMOUS') || !(flags.has('MAP_SHARED') || flags.has('MAP_SHARED_VALIDATE')))
      return nothing();
    return {
      op: 'mmap',
      file: a.descriptor(4),
      writable: protection(a.value(2)),
      length: a.number(1),
      offset: a.number(5),
    };
  },
  mprotect: (a) => ({
    op: 'mprotect',
    address: a.number(0),
    length: a.number(1),
    writable: protection(a.value(2)),
  }),
  pkey_mprotect: (a) => ({
    op: 'mprotect',
    address: a.number(0),
    length: a.number(1),
    writable: protection(a.value(2)),
  }),
  munmap: (a) => ({ op: 'munmap', address: a.number(0), length: a.number(1) }),
  mremap: (a) => ({ op: 'mremap', address: a.number(0), length: a.number(2) }),
  msync: (a) => ({ op: 'msync', address: a.number(0), length: a.number(1), sync: a.flags(2).has('MS_SYNC') }),
  remap_file_pages: opaqueCall('remap_file_pages is not followed'),
};
