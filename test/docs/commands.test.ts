/**
 * Each command that README and docs/ show: those marked `sh run` are run (those that need a compiler by
 * compiled.test.ts); the others are held against the command line in parsed.test.ts.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { Bench, checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { installedEnvironment, pages, text } from './pages.js';
import { runnablesOf } from './runnable.js';

const bench = new Bench();
t.teardown(() => bench.close());
const env = installedEnvironment(bench);

t.test('marked ones run', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  let count = 0;
  const runPage = async (page: string): Promise<void> => {
    const cwd = join(bench.folder, page.replaceAll('/', '-'));
    mkdirSync(cwd);
    for (const { script, exitCode, needs } of runnablesOf(text(page))) {
      if (needs !== null) continue;
      count++;
      const ended = await execa('sh', ['-e', '-c', script], {
        cwd,
        env,
        all: true,
        reject: false,
        stdin: 'ignore',
      });
      t.equal(ended.exitCode, exitCode, `${page}: ${script}\n${ended.all}`);
    }
  };
  const waiting = pages.filter((page) => runnablesOf(text(page)).length > 0);
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
