import type { BlockLog } from '../trace/block-log/reader.js';

/** The mark that dm-log-writes itself sets when its device is removed: nobody's promise. */
export const endMark = 'dm-log-writes-end';

/** Position of the first entry after the first mark of a text; null without such a mark. */
export function firstAfterMark({ entries }: BlockLog, text: string): number | null {
  const at = entries.findIndex(({ mark }) => mark === text);
  return at < 0 ? null : at + 1;
}

export function marksInWords({ entries }: BlockLog): string {
  const marks = [...new Set(entries.flatMap(({ mark }) => (mark === undefined ? [] : [mark])))];
  if (marks.length === 0) return 'no marks';
  const shown = marks.slice(0, 10).map((mark) => JSON.stringify(mark));
  return `${shown.join(', ')}${marks.length > shown.length ? `, and ${marks.length - shown.length} more` : ''}`;
}
