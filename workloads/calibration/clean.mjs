// The clean control: everything is synced before the ack, so nothing acked may be lost.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

for (const name of ['first', 'second']) {
  const file = openSync(name, 'w');
  writeSync(file, `${name} kept\n`.repeat(400));
  fsyncSync(file);
  closeSync(file);
  const folder = openSync('.', 'r');
  fsyncSync(folder);
  closeSync(folder);
  console.log(`kept ${name}`);
}
