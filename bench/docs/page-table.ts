/** A table in a page of docs/, found by its head: its rows are measured, what stands around it is written by hand. */

/**
 * The page with these rows in the table.
 *
 * @param head its first line, as it stands in the page
 * @param rows cells by lines; the first cell says which row it is
 * @param keep rows of the page that are not among `rows` stay where they are, new ones go behind them
 * @throws Error where the page has no such table
 */
export function withTableRows(
  page: string,
  head: string,
  rows: readonly (readonly string[])[],
  keep: boolean,
): string {
  const lines = page.split('\n');
  const at = lines.indexOf(head);
  if (at < 0) throw new Error(`expected a table with this head in the page: ${head}`);
  let end = at + 2;
  while (lines[end]?.startsWith('|')) end++;
  const measured = new Map(rows.map((cells) => [cells[0]!, `| ${cells.join(' | ')} |`]));
  const before = keep ? lines.slice(at + 2, end) : [];
  const kept = before.map((line) => {
    const key = line.slice(2).split(' | ', 1)[0]!;
    const row = measured.get(key);
    measured.delete(key);
    return row ?? line;
  });
  return [...lines.slice(0, at + 2), ...kept, ...measured.values(), ...lines.slice(end)].join('\n');
}
