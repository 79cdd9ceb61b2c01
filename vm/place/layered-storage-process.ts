/**
 * In a guest that has the host's files: puts a storage with layers in place, by what does it on the host. It stays, since
 * a layer's program (FUSE) is its child; a line asks, a line answers.
 */
import { createInterface } from 'node:readline';
import { LayerError } from '../../harness/attach/layers/layer.js';
import { StorageStack } from '../../harness/attach/layers/storage-stack.js';
import { SystemCallError } from '../../harness/attach/libc.js';
import { runMkfs } from '../../harness/attach/run-mkfs.js';
import type { LayeredAnswer, LayeredQuestion } from './layered-storage.js';

/** In the guest's memory; it goes with the guest. */
const folder = '/run/plugpull/layers';
let stack: StorageStack | null = null;

function answer({ action, device, storage, at }: LayeredQuestion): LayeredAnswer {
  stack ??= new StorageStack(storage, { folder, at, label: 'plugpull', environment: {}, note: () => {} });
  try {
    if (action === 'raise') {
      const { base, mounts } = stack.raise(device);
      return { base, mounts };
    }
    stack.make(device, (below) => {
      const refused = runMkfs(below, storage);
      if (refused) throw new LayerError(refused.said);
    });
    return { base: at, mounts: [] };
  } catch (error) {
    if (error instanceof SystemCallError) return { refused: error.message, code: error.code };
    if (error instanceof LayerError) return { refused: error.message, code: null };
    return { fault: (error as Error).stack ?? String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as LayeredQuestion))}\n`);
