/** A storage like the one below a directory, said on standard error: as a configuration, and what it is not like. */
import { stringify } from 'yaml';
import { type Likeness, storageLike } from '../probe/like/storage-like.js';

const known = new Map<string, Likeness['storage']>();

/** @throws UsageError where there is none that can be made */
export function likeness(directory: string): Likeness['storage'] {
  let storage = known.get(directory);
  if (!storage) {
    storage = told(storageLike(directory));
    known.set(directory, storage);
  }
  return storage;
}

function told({ storage, otherwise, said }: Likeness): Likeness['storage'] {
  const lines = [
    stringify({ storage: [storage] }, { flowCollectionPadding: false }).trimEnd(),
    ...otherwise.map((what) => `# not reproduced: ${what}`),
    ...said.map((what) => `# ${what}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  return storage;
}
