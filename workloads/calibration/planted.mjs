// The planted bug: acked without any fsync, so a power cut right after the ack loses it.
import { closeSync, openSync, writeSync } from 'node:fs';

const file = openSync('lost', 'w');
writeSync(file, 'promised and lost\n'.repeat(400));
closeSync(file);
console.log('kept lost');
