import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { reporters } from '../../reports/catalogue.js';
import { checkout } from '../e2e/plugpull.js';
import { mixedResults, repository } from './stored.js';

/** Formats that are compared by what they say, not by their bytes. */
const notByBytes = new Set(['html', 'json']);

// PLUGPULL_GOLDEN=write makes them anew; look at the difference before you commit it.
for (const { format, render } of reporters) {
  if (notByBytes.has(format)) continue;
  t.test(`${format} of stored results is what it was`, async (t) => {
    const text = render(mixedResults(), { repository }).replaceAll(
      /plugpull-[0-9a-f]{8}-[0-9a-f-]{27}/g,
      'plugpull-TOKEN',
    );
    const path = join(checkout, 'test/reports/golden', `mixed.${format}`);
    if (process.env.PLUGPULL_GOLDEN === 'write') writeFileSync(path, text);
    t.ok(existsSync(path), `${path} is there`);
    t.equal(text, readFileSync(path, 'utf8'));
  });
}
