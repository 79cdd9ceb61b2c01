/** What the pages compile, for each compiler that is here, and what they mount. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { installedEnvironment, pages, text } from './pages.js';
import { runnablesOf } from './runnable.js';

const bench = new Bench();
t.teardown(() => bench.close());
const env = installedEnvironment(bench);

for (const page of pages) {
  for (const [nth, { script, exitCode, needs }] of runnablesOf(text(page)).entries()) {
    if (needs === null) continue;
    const need =
      needs === 'root'
        ? { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] }
        : { commands: ['strace', needs] };
    t.test(`${page}: what needs ${needs}, ${nth + 1}`, async (t) => {
      if (!requires(t, need)) return;
      const cwd = join(bench.folder, `${needs}-${nth}`);
      mkdirSync(join(cwd, 'node_modules'), { recursive: true });
      symlinkSync(checkout, join(cwd, 'node_modules/plugpull'));
      const options = { cwd, env, all: true, reject: false, stdin: 'ignore' } as const;
      const ended = await execa('sh', ['-e', '-c', script], options);
      t.equal(ended.exitCode, exitCode, `${script}\n${ended.all}`);
    });
  }
}
