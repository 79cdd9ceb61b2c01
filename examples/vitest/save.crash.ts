/** The workload in TypeScript: Node 22.18 runs it as it is, an older one with tsx. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ack, CrashState } from 'plugpull';
import { save } from '../notes.mjs';

export default async (ack: Ack): Promise<void> => {
  for (const v of [1, 2]) {
    await save('notes.json', { v });
    await ack(`v${v}`);
  }
};

export const check = ({ dir, acks }: CrashState): void => {
  if (acks.length === 0) return;
  const { v } = JSON.parse(readFileSync(join(dir, 'notes.json'), 'utf8')) as { v: number };
  if (v < acks.length) throw new Error(`version ${acks.length} was acknowledged, version ${v} is there`);
};
