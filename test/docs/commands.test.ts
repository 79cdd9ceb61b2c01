/**
 * Commands that README and docs/ show, run as they are printed: those that need a compiler or root by compiled.test.ts,
 * those that take minutes by `npm run campaign -- docs`. classes.test.ts tells that none is left out, parsed.test.ts
 * holds those that are not run here against the command line.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { installedEnvironment, makePageFolder } from '../../bench/docs/page-folder.js';
import { pages, text } from '../../bench/docs/pages.js';
import { type Runnable, runnablesOf } from '../../bench/docs/runnable.js';
import { Bench, checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const bench = new Bench();
t.teardown(() => bench.close());
const env = installedEnvironment(bench.folder, bench.env);

/** Those that need neither a compiler nor root, nor minutes; uses.test.ts runs those whose output is shown. */
const marked = (page: string): Runnable[] =>
  runnablesOf(text(page)).filter(({ needs, slow, output }) => needs === null && !slow && !output);

t.test('marked ones run', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  let count = 0;
  const runPage = async (page: string): Promise<void> => {
    const cwd = join(bench.folder, page.replaceAll('/', '-'));
    const runnables = marked(page);
    const scripts = runnables.map(({ script }) => script);
    await makePageFolder(cwd, { page: text(page), scripts, env });
    for (const { script, exitCodes } of runnables) {
      count++;
      const options = { cwd, env, all: true, reject: false, stdin: 'ignore' } as const;
      const ended = await execa('sh', ['-e', '-c', script], options);
      t.ok(exitCodes.includes(ended.exitCode!), `${page}: exit ${ended.exitCode}: ${script}\n${ended.all}`);
    }
  };
  const waiting = pages.filter((page) => marked(page).length > 0);
  const next = async (): Promise<void> => {
    for (let page = waiting.shift(); page !== undefined; page = waiting.shift()) await runPage(page);
  };
  await Promise.all([next(), next()]);
  t.ok(count >= 10, `${count} commands`);
});

t.test('links between pages lead somewhere', async (t) => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, target] of text(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)) {
      const base = join(checkout, dirname(page));
      try {
        readFileSync(join(base, target!));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EISDIR') broken.push(`${page}: ${target}`);
      }
    }
  }
  t.strictSame(broken, []);
});
