// sonic-boom with fsync: true, in its synchronous mode: each write is followed by fsyncSync.
import { createRequire } from 'node:module';

const SonicBoom = createRequire(`${process.env.PROGRAMS}/`)('sonic-boom');
const log = new SonicBoom({ dest: 'app.log', sync: true, fsync: true });
log.write(`${'l'.repeat(500)}\n`);
log.flushSync();
process.stdout.write('ACK done\n');
