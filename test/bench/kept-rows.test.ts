/** Pages that are measured piece by piece keep what was not measured again. */
import t from 'tap';
import { keptRows, table } from '../../bench/campaign/kept-rows.js';
import { isSteady, onlyLater, steadinessPage, talliesOf } from '../../bench/campaign/steadiness-page.js';

t.test('a row takes the place of the one with its key, and others stay', async (t) => {
  const page = `# Title\n\n${table(['a', 'b', 'c'], ['| x | y | 1 |', '| x | z | 2 |'])}\n`;
  const rows = keptRows(page, 2);
  rows.add(['x', 'y', '3']);
  rows.add(['w', 'y', '4']);
  t.strictSame(rows.all(), ['| x | y | 3 |', '| x | z | 2 |', '| w | y | 4 |']);
  t.strictSame(rows.sorted(), ['| w | y | 4 |', '| x | y | 3 |', '| x | z | 2 |']);
  t.strictSame(keptRows('', 2).all(), []);
});

t.test('the page of steadiness adds runs to those it has, and says whether what differs may', async (t) => {
  const run = {
    scenario: 's.yaml',
    storage: 'ext4',
    underLoad: false,
    verdicts: 'contract violation, observed pass',
  };
  const later = { ...run, underLoad: true, verdicts: `contract violation, observed violation${onlyLater}` };
  const first = steadinessPage('', [run, { ...run, storage: 'xfs' }]);
  const second = steadinessPage(first, [run, later]);
  t.strictSame(talliesOf(second)[0], {
    ...{ scenario: 's.yaml', storage: 'ext4', alone: 2, underLoad: 1 },
    verdicts: new Map([
      [run.verdicts, 2],
      [later.verdicts, 1],
    ]),
  });
  t.match(second, '2 rows, 4 runs, none unsteady');
  t.match(second, /ext4 \| 2 \| 1 \| .* \| yes \|\n.*xfs \| 1 \| 0 \| .* \| yes \|/);
  t.equal(second.match(/^# /gm)?.length, 1);
});

t.test(
  'a loss that the first recording shows only now and then is unsteady, and so is a contract',
  async (t) => {
    const steady = (...said: string[]): boolean =>
      isSteady({ verdicts: new Map(said.map((each) => [each, 1])) });
    const masked = 'contract violation, observed pass';
    const lost = 'contract violation, observed violation';
    t.ok(steady(masked));
    t.ok(steady(masked, lost + onlyLater));
    t.notOk(steady(masked, lost));
    t.notOk(steady('contract pass, observed pass', masked));
  },
);
