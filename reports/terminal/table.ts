import stringWidth from 'string-width';
import type { Coverage, Results, RunResult } from '../../harness/verdict/results.js';
import { shortCount } from '../../harness/verdict/short-count.js';
import { unseenOf } from '../words/coverage.js';
import { verdictCell } from '../words/verdict.js';
import { outcomePaint } from './outcome-paint.js';
import { type Screen, wrapped } from './screen.js';

const keys = [
  'scenario',
  'storage',
  'contract',
  'observed',
  'states',
  'recoveries',
  'expected',
  'unseen',
] as const;
type Row = Record<(typeof keys)[number], string>;

const header: Row = {
  scenario: 'scenario',
  storage: 'storage',
  contract: 'contract',
  observed: 'observed',
  states: 'states',
  recoveries: 'recoveries',
  expected: '',
  unseen: 'not looked at',
};
const rightAligned = new Set<string>(['states', 'recoveries']);

/** The closing table: a row a run; where the terminal is too narrow for it, a few lines a run. */
export function resultTable({ runs }: Results, screen: Screen): string[] {
  const rows = runs.map(rowOf);
  const used = keys.filter((key) => rows.some((row) => row[key] !== ''));
  const widths = new Map(
    used.map((key) => [key, Math.max(...[header, ...rows].map((row) => stringWidth(row[key])))]),
  );
  // The last column may wrap, in no less than this.
  const last = used.includes('unseen') ? 20 : 0;
  const whole = used.reduce((sum, key) => sum + (key === 'unseen' ? last : widths.get(key)!) + 2, -2);
  if (screen.columns !== null && whole >= screen.columns)
    return rows.flatMap((row) => narrowLines(row, screen));
  const room = screen.columns === null ? null : screen.columns - 1 - (whole - last);
  return [
    ...tableLines(header, { used, widths, room, paint: (text) => screen.paint.bold(text) }),
    ...rows.flatMap((row) =>
      tableLines(row, { used, widths, room, paint: (text, key) => painted(row, text, key, screen) }),
    ),
  ];
}

function rowOf(run: RunResult): Row {
  return {
    scenario: run.scenario,
    storage: run.storage,
    contract: verdictCell(run, 'contract'),
    observed: verdictCell(run, 'observed'),
    states: replayed(run)
      .map(({ states, exhaustive }) => `${shortCount(BigInt(states))}${exhaustive ? '' : ' of more'}`)
      .join('+'),
    recoveries: String(replayed(run).reduce((sum, { recoveries }) => sum + recoveries, 0)),
    expected: run.met === null ? '' : run.met ? 'as expected' : 'NOT AS EXPECTED',
    unseen: unseenOf(run).join('; '),
  };
}

function replayed({ coverage }: RunResult): Coverage[] {
  return coverage.filter(({ engine }) => engine !== 'contract');
}

function painted(row: Row, text: string, key: keyof Row, { paint }: Screen): string {
  if (key === 'observed' || key === 'contract') return outcomePaint(row[key], paint)(text);
  if (key === 'unseen') return paint.yellow(text);
  return key === 'expected' && text.startsWith('NOT') ? paint.red(text) : text;
}

function tableLines(
  row: Row,
  options: {
    used: readonly (keyof Row)[];
    widths: ReadonlyMap<keyof Row, number>;
    room: number | null;
    paint: (text: string, key: keyof Row) => string;
  },
): string[] {
  const { used, widths, room, paint } = options;
  const before = used.filter((key) => key !== 'unseen');
  const cells = before.map((key) => {
    const space = ' '.repeat(widths.get(key)! - stringWidth(row[key]));
    return paint(rightAligned.has(key) ? `${space}${row[key]}` : `${row[key]}${space}`, key);
  });
  const head = cells.join('  ');
  if (row.unseen === '' || !used.includes('unseen')) return [head.trimEnd()];
  const indent = before.reduce((sum, key) => sum + widths.get(key)! + 2, 0);
  const lines = room === null ? [row.unseen] : wrapped(row.unseen, { columns: room + 1, indent: 0 });
  return lines.map((line, i) => `${i === 0 ? `${head}  ` : ' '.repeat(indent)}${paint(line, 'unseen')}`);
}

function narrowLines(row: Row, screen: Screen): string[] {
  const { paint, columns } = screen;
  const verdicts = (['contract', 'observed'] as const)
    .filter((key) => row[key] !== '-')
    .map((key) => `${key} ${outcomePaint(row[key], paint)(row[key])}`);
  return [
    ...wrapped(`${paint.bold(row.scenario)} on ${row.storage}`, { columns, indent: 0 }),
    ...wrapped([...verdicts, row.expected].filter(Boolean).join(', '), { columns, indent: 2 }),
    ...(row.unseen === '' ? [] : wrapped(`not looked at: ${row.unseen}`, { columns, indent: 2 })),
  ];
}
