/** Tables of docs/ that are measured: found by their heads, and nothing around them changed. */
import t from 'tap';
import { withTableRows } from '../../bench/docs/page-table.js';
import { text } from '../../bench/docs/pages.js';

const head = '| a | b |';
const page = `# A\n\n${head}\n|---|---|\n| one | 1 |\n| two | 2 |\n\n| other | table |\n|---|---|\n| one | 9 |\n`;

t.test('rows are put in the place of those of their name', async (t) => {
  const changed = withTableRows(
    page,
    head,
    [
      ['two', '3'],
      ['three', '4'],
    ],
    true,
  );
  t.equal(changed, page.replace('| two | 2 |', '| two | 3 |\n| three | 4 |'));
  t.equal(
    withTableRows(page, head, [['two', '3']], false),
    page.replace('| one | 1 |\n| two | 2 |', '| two | 3 |'),
  );
  t.throws(() => withTableRows(page, '| c |', [], true), /expected a table with this head/);
});

t.test('the pages have the tables', async (t) => {
  for (const [name, line] of [
    ['docs/probe.md', '| storage | verdict | kept | broken | not supported | crash states |'],
    ['docs/performance.md', '| benchmark | value | baseline | unit | ratio | goal | measured |'],
  ] as const)
    t.equal(withTableRows(text(name), line, [], true), text(name), name);
});
