/** Programs that run on and save what they know: a message broker, and the context of Node-RED's flows. */
import { debian, kept, lost, npm, type RealProgram, safe, whole } from './real-program.js';

/** Starts the broker, hands it a message that it keeps, and waits until the file of its own autosave has it. */
const saves = (message: string): string =>
  [
    'mosquitto -c "$PROGRAMS/mosquitto.conf" >/dev/null 2>&1 & broker=$!',
    `until mosquitto_pub --unix s -q 1 -r -t a -m ${message} 2>/dev/null; do sleep 0.05; done`,
    `until grep -q ${message} mosquitto.db 2>/dev/null; do sleep 0.05; done`,
  ].join('; ');
const ends = 'kill -KILL $broker; wait $broker 2>/dev/null; rm -f s';

const context = 'context/global/global.json';

export const services: readonly RealProgram[] = [
  {
    name: 'mosquitto, autosave_on_changes',
    version: debian('mosquitto'),
    pinned: '2.0.11',
    setup: `${saves('old')}; ${ends}; true`,
    run: `${saves('new')}; echo ACK done; ${ends}; true`,
    calls: 'write(mosquitto.db.new), fsync(mosquitto.db.new), rename(mosquitto.db.new, mosquitto.db)',
    kept: kept('mosquitto.db', lost),
    whole: whole('grep -q -e old -e new mosquitto.db', safe),
  },
  {
    name: '@node-red/runtime, localfilesystem context',
    version: npm('@node-red/runtime'),
    pinned: '4.1.1',
    setup: 'node "$PROGRAMS/node_red.mjs" old',
    run: 'node "$PROGRAMS/node_red.mjs" new',
    calls: 'write(global.json.tmp), rename(global.json.tmp, global.json)',
    kept: kept(context, lost),
    whole: whole(
      ['l', 'w'].map((letter) => `[ "$(tr -cd ${letter} < ${context} | wc -c)" = 2000 ]`).join(' || '),
      lost,
    ),
  },
];
