import { keptRows, table } from './kept-rows.js';

/** What one scenario said each time on one storage; every other time the machine was kept busy. */
export interface Steady {
  scenario: string;
  storage: string;
  verdicts: readonly string[];
  /** The same each time, but for a loss that only some recordings show and that says so. */
  steady: boolean;
}

const introduction = `# Steadiness

Shipped scenarios again and again, every other time while two busy processes for each processor run beside: the same two
verdicts each time. Only a loss that takes luck may differ, and then each finding says which later recording had it
(R2F1). Made by \`npm run campaign -- steadiness\`,
which leaves the rows of what it did not try as they are.
`;

const head = ['scenario', 'storage', 'times', 'verdicts', 'steady'];

/** docs/steadiness.md, with the rows of the page before where these say nothing. */
export function steadinessPage(seen: readonly Steady[], before: string): string {
  const rows = keptRows(before, 2);
  for (const { scenario, storage, verdicts, steady } of seen) {
    const different = [...new Set(verdicts)].sort();
    const said = different.map(
      (verdict) =>
        `${verdict}${different.length > 1 ? ` (${verdicts.filter((one) => one === verdict).length})` : ''}`,
    );
    rows.add([scenario, storage, `${verdicts.length}`, said.join('; '), steady ? 'yes' : 'no']);
  }
  return `${introduction}\n${table(head, rows.sorted())}\n`;
}
