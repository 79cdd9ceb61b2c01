/** What the pages compile, for each compiler that is here, and what they mount. */
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { installedEnvironment, makePageFolder } from '../../bench/docs/page-folder.js';
import { pages, text } from '../../bench/docs/pages.js';
import { runnablesOf } from '../../bench/docs/runnable.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const bench = new Bench();
t.teardown(() => bench.close());
const env = installedEnvironment(bench.folder, bench.env);

for (const page of pages) {
  for (const [nth, { script, exitCodes, needs, slow }] of runnablesOf(text(page)).entries()) {
    if (needs === null || slow) continue;
    const need =
      needs === 'root'
        ? { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] }
        : { commands: ['strace', needs] };
    t.test(`${page}: what needs ${needs}, ${nth + 1}`, async (t) => {
      if (!requires(t, need)) return;
      const cwd = join(bench.folder, `${page.replaceAll('/', '-')}-${nth}`);
      await makePageFolder(cwd, { page: text(page), scripts: [script], env });
      const options = { cwd, env, all: true, reject: false, stdin: 'ignore' } as const;
      const ended = await execa('sh', ['-e', '-c', script], options);
      t.ok(
        exitCodes.includes(ended.exitCode!),
        `exit ${ended.exitCode}, not ${exitCodes}: ${script}\n${ended.all}`,
      );
    });
  }
}
