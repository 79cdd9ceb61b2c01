/** Pages that are measured piece by piece keep what was not measured again. */
import t from 'tap';
import { keptRows, table } from '../../bench/campaign/kept-rows.js';
import { steadinessPage } from '../../bench/campaign/steadiness-page.js';

t.test('a row takes the place of the one with its key, and others stay', async (t) => {
  const page = `# Title\n\n${table(['a', 'b', 'c'], ['| x | y | 1 |', '| x | z | 2 |'])}\n`;
  const rows = keptRows(page, 2);
  rows.add(['x', 'y', '3']);
  rows.add(['w', 'y', '4']);
  t.strictSame(rows.all(), ['| x | y | 3 |', '| x | z | 2 |', '| w | y | 4 |']);
  t.strictSame(rows.sorted(), ['| w | y | 4 |', '| x | y | 3 |', '| x | z | 2 |']);
  t.strictSame(keptRows('', 2).all(), []);
});

t.test('the page of steadiness counts what differs, and says whether it may', async (t) => {
  const seen = {
    scenario: 's.yaml',
    storage: 'ext4',
    verdicts: ['pass', 'violation', 'pass'],
    steady: false,
  };
  const first = steadinessPage([seen], '');
  t.match(first, '| s.yaml | ext4 | 3 | pass (2); violation (1) | no |');
  const second = steadinessPage([{ ...seen, storage: 'xfs', verdicts: ['pass'], steady: true }], first);
  t.match(second, '| s.yaml | ext4 | 3 | pass (2); violation (1) | no |\n| s.yaml | xfs | 1 | pass | yes |');
  t.equal(second.match(/^# /gm)?.length, 1);
});
