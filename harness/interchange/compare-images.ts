import { closeSync, openSync, readSync } from 'node:fs';

const chunkBytes = 1024 * 1024;

/** First byte at which two images differ, the end of the shorter one included; null when they are alike. */
export function firstDifference(path: string, other: string): number | null {
  const files = [openSync(path, 'r'), openSync(other, 'r')] as const;
  const chunks = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)] as const;
  try {
    for (let at = 0; ; ) {
      const a = chunks[0].subarray(0, readSync(files[0], chunks[0], 0, chunkBytes, at));
      const b = chunks[1].subarray(0, readSync(files[1], chunks[1], 0, chunkBytes, at));
      if (!a.equals(b)) {
        const within = a.findIndex((byte, i) => byte !== b[i]);
        return at + (within < 0 ? a.length : within);
      }
      if (a.length === 0) return null;
      at += a.length;
    }
  } finally {
    for (const file of files) closeSync(file);
  }
}
