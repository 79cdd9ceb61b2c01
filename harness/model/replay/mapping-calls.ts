import { type Mapping, makeWritable, overlaps, remap, withoutRange } from '../mapping.js';
import type { Changes } from './changes.js';

/** Calls that map files into memory. */
export const mappingCalls: Changes<'mmap' | 'mprotect' | 'munmap' | 'mremap'> = {
  mmap(_world, { file, length, offset, writable }, { call, result: address, thread, bound }) {
    const description = bound.get(file.fd);
    const inode = description?.inode;
    if (!inode) return '';
    const mapping: Mapping = { address, length, offset, inode, mayWrite: description.writable, span: null };
    thread.files.mappings.push(mapping);
    if (writable) makeWritable(mapping, call);
    return '';
  },

  mprotect(_world, { writable, address, length }, { call, thread }) {
    if (!writable) return '';
    for (const mapping of thread.files.mappings)
      if (mapping.mayWrite && overlaps(mapping, address, length)) makeWritable(mapping, call);
    return '';
  },

  munmap(_world, operation, { call, thread }) {
    thread.files.mappings = withoutRange(thread.files.mappings, { ...operation, position: call.exit });
    return '';
  },

  mremap(world, operation, { call, result, thread }) {
    for (const mapping of thread.files.mappings)
      if (overlaps(mapping, operation.address, 1)) {
        if (mapping.address === operation.address) remap(mapping, result, operation.length);
        else world.makeOpaque(mapping.inode, 'a part of its mapping was moved by mremap', call.enter);
      }
    return '';
  },
};
