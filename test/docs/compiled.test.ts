/** What the pages compile, for each compiler that is here. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { installedEnvironment, pages, text } from './pages.js';
import { runnablesOf } from './runnable.js';

const bench = new Bench();
t.teardown(() => bench.close());
const env = installedEnvironment(bench);

for (const page of pages) {
  for (const { script, exitCode, needs } of runnablesOf(text(page))) {
    if (needs === null) continue;
    t.test(`${page}: what ${needs} compiles`, async (t) => {
      if (!requires(t, { commands: ['strace', needs] })) return;
      const cwd = join(bench.folder, needs);
      mkdirSync(cwd);
      const options = { cwd, env, all: true, reject: false, stdin: 'ignore' } as const;
      const ended = await execa('sh', ['-e', '-c', script], options);
      t.equal(ended.exitCode, exitCode, `${script}\n${ended.all}`);
    });
  }
}
