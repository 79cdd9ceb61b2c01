import { Chalk, type ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

/** Where lines are shown. */
export interface Screen {
  paint: ChalkInstance;
  /** Columns of a terminal; null elsewhere: there a line is as long as what it says, so that grep finds it whole. */
  columns: number | null;
  /** What plugpull was called by: commands are shown as this reader can paste them. */
  command: string;
}

/** No colours, no width: a file, a pipe. */
export const plainScreen: Screen = {
  paint: new Chalk({ level: 0 }),
  columns: null,
  command: 'plugpull',
};

/** Colours and width for a terminal, NO_COLOR and how many colours FORCE_COLOR says minded; what is piped stays plain. */
export function screenOf(stream: NodeJS.WriteStream, command = plainScreen.command): Screen {
  if (!stream.isTTY) return command === plainScreen.command ? plainScreen : { ...plainScreen, command };
  const plain = (process.env.NO_COLOR ?? '') !== '' || process.env.TERM === 'dumb';
  return { paint: plain ? plainScreen.paint : new Chalk(), columns: stream.columns ?? 80, command };
}

const narrow = 60;
const narrowIndent = 4;
const labelColumns = 12;

/** A label and what it says, wrapped beside it; on a narrow terminal below it. */
export function labelled(screen: Screen, label: string, text: string): string[] {
  const { columns, paint } = screen;
  const head = paint.dim(label);
  if (columns === null) return [`  ${label.padEnd(labelColumns)}${text}`.trimEnd()];
  if (isNarrow(screen)) {
    return [...(label === '' ? [] : [`  ${head}`]), ...wrapped(text, { columns, indent: narrowIndent })];
  }
  const indent = labelColumns + 2;
  const [first = '', ...others] = wrapped(text, { columns, indent });
  return [`  ${head}${' '.repeat(labelColumns - label.length)}${first.slice(indent)}`, ...others];
}

const isNarrow = ({ columns }: Screen): boolean => columns !== null && columns < narrow;

/** A label and a line to paste: never broken by us, since a terminal that breaks it copies it whole. */
export function toPaste(screen: Screen, label: string, line: string): string[] {
  const lines = labelled(screen, label, line);
  if (lines.length === (label !== '' && isNarrow(screen) ? 2 : 1)) return lines;
  return [...(label === '' ? [] : [`  ${screen.paint.dim(label)}`]), `${' '.repeat(narrowIndent)}${line}`];
}

/** Text wrapped to a width, all of its lines indented; a word longer than a line is broken. */
export function wrapped(
  text: string,
  { columns, indent }: { columns: number | null; indent: number },
): string[] {
  const margin = ' '.repeat(indent);
  if (columns === null) return [`${margin}${text}`];
  const width = Math.max(10, columns - 1 - indent);
  return wrapAnsi(text, width, { hard: true })
    .split('\n')
    .map((line) => `${margin}${line}`.trimEnd());
}
