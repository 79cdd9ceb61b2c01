/** The three uses, each as its page shows it: the commands run, and print what the page says. */
import t from 'tap';
import { installedEnvironment } from '../../bench/docs/page-folder.js';
import { text } from '../../bench/docs/pages.js';
import { comparable, runShown, shownRuns, withOutput } from '../../bench/docs/shown-output.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const page = text('docs/uses.md');

t.test('what the commands print is what the page shows', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const ended = await runShown(page, bench.folder, installedEnvironment(bench.folder, bench.env));
  for (const [i, { script, exitCode, shown }] of shownRuns(page).entries()) {
    const { printed, errors } = ended[i]!;
    t.equal(ended[i]!.exitCode, exitCode, `${script}\n${printed}\n${errors}`);
    t.equal(comparable(printed), comparable(shown), 'npm run docs:uses makes it');
  }
  t.ok(ended.length >= 4);
  t.same(bench.leftovers(), []);
});

t.test('outputs are put behind their commands, and only numbers may differ', async (t) => {
  const fence = '```';
  const before = `# A\n\n${fence}sh run output exit 1\nfalse\n${fence}\n\n${fence}text\nold\n${fence}\n\nend\n`;
  t.equal(
    withOutput(before, ['new $&\n']),
    before.replace('old', () => 'new $&'),
  );
  t.equal(comparable('pass  490 states'), comparable('pass 1.2e5 states'));
  t.not(comparable('pass  490 states'), comparable('violation 490 states'));
});
