import { keptRows, table } from './kept-rows.js';

/** What one scenario said each time on one storage; every other time the machine was kept busy. */
export interface Steady {
  scenario: string;
  storage: string;
  verdicts: readonly string[];
}

const introduction = `# Steadiness

Shipped scenarios again and again, every other time while two busy processes for each processor run beside: the same two
verdicts each time. Where only a recording under another schedule of write-back shows a loss, which takes luck, the
finding says which one had it (R2F1); the verdict here is the one without it. Made by \`npm run campaign -- steadiness\`,
which leaves the rows of what it did not try as they are.
`;

const head = ['scenario', 'storage', 'times', 'verdicts', 'steady'];

/** docs/steadiness.md, with the rows of the page before where these say nothing. */
export function steadinessPage(seen: readonly Steady[], before: string): string {
  const rows = keptRows(before, 2);
  for (const { scenario, storage, verdicts } of seen) {
    const different = [...new Set(verdicts)].sort();
    const said = different.map(
      (verdict) =>
        `${verdict}${different.length > 1 ? ` (${verdicts.filter((one) => one === verdict).length})` : ''}`,
    );
    const steady = different.length > 1 ? 'no' : 'yes';
    rows.add([scenario, storage, `${verdicts.length}`, said.join('; '), steady]);
  }
  return `${introduction}\n${table(head, rows.sorted())}\n`;
}
