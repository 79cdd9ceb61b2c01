// Node-RED's context store in files, which writes what changed when it is closed, as every 30 s before.
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const require = createRequire(`${process.env.PROGRAMS}/`);
const store = require('@node-red/runtime/lib/nodes/context/localfilesystem.js')({ dir: '.', settings: {} });
await store.open();
await promisify((value, done) => store.set('global', 'a', value, done))(process.argv[2].repeat(2000));
await store.close();
process.stdout.write('ACK done\n');
