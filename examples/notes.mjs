/** A program under test: saves a file so that a power cut leaves the old one or the new one. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

export async function save(path, value) {
  const file = await open(`${path}.tmp`, 'w');
  await file.writeFile(JSON.stringify(value));
  await file.sync();
  await file.close();
  await rename(`${path}.tmp`, path);
  const folder = await open(dirname(path));
  await folder.sync();
  await folder.close();
}
