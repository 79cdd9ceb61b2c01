/** Names and texts of a workload are text in every format: they cannot act on a terminal, a parser or a page. */
import t from 'tap';
import { reporters } from '../../reports/catalogue.js';
import { mixedResults, repository } from './stored.js';

const allowed = /[\n\t]/;

for (const { format, render } of reporters) {
  t.test(`${format} shows hostile names as text`, async (t) => {
    const stored = mixedResults();
    const text = render(stored, { repository });
    const raw = [...text].filter((character) => /\p{Cc}/u.test(character) && !allowed.test(character));
    t.same(raw, [], 'no control characters');
    if (/html|markdown|junit/.test(format)) {
      t.notMatch(text, /<script>alert/, 'no element');
      t.match(text, /alert\(1/, 'but the text is there');
    }
    if (format === 'junit') t.notMatch(text, /]]>/);
    if (format !== 'json' && format !== 'html')
      t.notMatch(text, /\n(line )?::error::forged/, 'no forged line');
  });
}
