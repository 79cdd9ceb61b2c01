/** Programs of tests do not outlive them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { requires } from '../require.js';
import { withParent } from './with-parent.js';

t.test('a program ends with who started it, killed or not', async (t) => {
  if (!requires(t, { commands: ['setpriv'] })) return;
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const [program, ...words] = [...withParent('KILL'), 'sleep', '600'];
    const starts = `const { pid } = require('node:child_process').spawn(${JSON.stringify(program)}, ${JSON.stringify(words)});
      console.log(pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', starts], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = (await once(createInterface({ input: parent.stdout! }), 'line')) as [string];
    t.ok(existsSync(`/proc/${pid}/exe`), 'it is there');
    parent.kill(signal);
    // One that has ended, and that nobody has taken leave of, has no program any more.
    while (existsSync(`/proc/${pid}/exe`)) await sleep(10);
    t.pass(signal);
  }
});
