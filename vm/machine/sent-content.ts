import { FileBytes } from '../../harness/trace/file-bytes.js';

/** What a file in a guest holds, as the agent sends it (vm/guest/agent/sparse.py): the bytes of each range are base64. */
export interface SentContent {
  length: number;
  ranges: [offset: number, bytes: string][];
}

export function contentOf({ length, ranges }: SentContent): FileBytes {
  return new FileBytes(
    length,
    ranges.map(([offset, bytes]) => ({ offset, bytes: Buffer.from(bytes, 'base64') })),
  );
}
