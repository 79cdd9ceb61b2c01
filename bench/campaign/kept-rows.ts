/** Tables of a page in docs/ that is measured piece by piece: rows that were not measured again stay as they are. */

/** Rows of a table by what their first cells say. */
export class KeptRows {
  readonly #rows = new Map<string, string>();

  constructor(private readonly keyCells: number) {}

  /** In the place of the row that had its key. */
  add(cells: readonly string[]): void {
    this.#rows.set(cells.slice(0, this.keyCells).join(' | '), `| ${cells.join(' | ')} |`);
  }

  /** In the order in which their keys came. */
  all(): string[] {
    return [...this.#rows.values()];
  }

  sorted(): string[] {
    return [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }
}

/** The rows of a page's only table; of an empty page none. */
export function keptRows(page: string, keyCells: number): KeptRows {
  const rows = new KeptRows(keyCells);
  const lines = page.split('\n').filter((line) => line.startsWith('| '));
  for (const line of lines.slice(2)) rows.add(line.slice(2, -2).split(' | '));
  return rows;
}

export function table(head: readonly string[], rows: readonly string[]): string {
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows].join('\n');
}
