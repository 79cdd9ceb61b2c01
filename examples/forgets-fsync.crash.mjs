/** The same without any fsync: what everybody writes first. */
import { writeFile } from 'node:fs/promises';

export default async (ack) => {
  for (const v of [1, 2, 3]) {
    await writeFile('notes.json', JSON.stringify({ v }));
    await ack(`v${v}`);
  }
};
