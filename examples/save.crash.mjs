/** The workload of a crash test: each ack says "this version is safe now". */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { save } from './notes.mjs';

export default async (ack) => {
  for (const v of [1, 2, 3]) {
    await save('notes.json', { v });
    await ack(`v${v}`);
  }
};

/** Optional: without it, all that the program saw at an ack must be there. */
export const check = ({ dir, acks }) => {
  if (acks.length === 0) return;
  const { v } = JSON.parse(readFileSync(join(dir, 'notes.json'), 'utf8'));
  if (v < acks.length) throw new Error(`version ${acks.length} was acknowledged, version ${v} is there`);
};
