import type { BenchResult } from './benchmark.js';

/** The results as lines of a table, numbers to three digits. */
export function table(results: readonly BenchResult[]): string[] {
  const rows = [
    ['benchmark', 'value', 'baseline', 'unit', 'ratio', 'goal', ''],
    ...results.map(({ name, value, baseline, unit, ratio, goal, details }) => [
      name,
      short(value),
      short(baseline),
      unit,
      short(ratio),
      goal === null ? '' : `${goal}${ratio >= goal ? ' met' : ' MISSED'}`,
      remark(details),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const numeric = new Set([1, 2, 4]);
  return rows.map((row) =>
    row
      .map((cell, column) =>
        numeric.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

function remark({
  states,
  recoveries,
  exhaustive,
  time_ms,
  usual_states,
  usual_time_ms,
}: BenchResult['details']): string {
  if (states === undefined) return '';
  const how = exhaustive ? 'all' : 'not all,';
  return `${how} ${short(Number(states))} states in ${recoveries} recoveries, ${short(Number(time_ms))} ms; usual ${usual_states} states, ${short(Number(usual_time_ms))} ms`;
}

function short(value: number): string {
  if (value >= 1e6) return value.toExponential(2).replace('e+', 'e');
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}
