import type { ChalkInstance } from 'chalk';
import type { Finding } from '../../harness/verdict/finding.js';
import type { Protocol, ProtocolLine, ProtocolOperation } from '../../harness/verdict/protocol.js';
import { placeText } from '../words/place-text.js';

/** Lines around a call at fault that are shown when only one finding is. */
const neighbours = 6;
/** A protocol of up to this many lines is shown whole. */
const fewLines = 40;

/**
 * The system calls that changed the directory, numbered: atomic groups in brackets, behind each sync call what it made
 * durable, the acks where they came, the calls at fault marked with the findings that are about them.
 */
export function protocolLines(
  protocol: Protocol,
  findings: readonly Finding[],
  paint: ChalkInstance,
): string[] {
  const marks = marksOf(findings.filter(({ model }) => model === protocol.model));
  const lines = onlyNear(protocol.operations, marks);
  const digits = String(
    lines.reduce((most, line) => Math.max(most, line.kind === 'operation' ? line.number : 0), 0),
  ).length;
  const width = Math.min(60, Math.max(0, ...lines.map((line) => callText(line).length)));
  return [
    `  what the program asked for, by the ${protocol.model} model ${paint.dim('(a crash keeps or loses [...] as one)')}`,
    ...lines.map((line) => `  ${lineText(line, { marks, digits, width, paint })}`.trimEnd()),
  ];
}

/** What would mend the run, and which of its sync calls it could do without. */
export function repairLines({ model, repair, superfluous }: Protocol): string[] {
  const lines: string[] = [];
  if (repair && repair.additions.length > 0) {
    lines.push(`  repair by the ${model} model`);
    for (const addition of repair.additions) lines.push(`    + ${addition}`);
    const judged = `judged again with them${repair.over === undefined ? '' : ` over ${repair.over}`}`;
    lines.push(
      repair.verified
        ? `    with these the system calls keep every promise (${judged})`
        : `    these mend part of it (${judged})`,
      ...(repair.unrepaired ?? []).map((property) => `    still broken: ${property}`),
    );
  }
  if (superfluous.length > 0) {
    lines.push(`  could go, breaking no promise by the ${model} model`);
    for (const call of superfluous) lines.push(`    - ${call}`);
  }
  return lines;
}

type Marks = ReadonlyMap<number, string[]>;

function marksOf(findings: readonly Finding[]): Marks {
  const marks = new Map<number, string[]>();
  for (const { id, operations = [] } of findings) {
    for (const number of operations) marks.set(number, [...(marks.get(number) ?? []), id]);
  }
  return marks;
}

/** Of a long protocol, what stands near a call at fault; its beginning when nothing is. */
function onlyNear(lines: readonly ProtocolLine[], marks: Marks): ProtocolLine[] {
  if (lines.length <= fewLines) return [...lines];
  const marked = lines.flatMap((line, index) =>
    line.kind === 'operation' && marks.has(line.number) ? [index] : [],
  );
  const near = (index: number): boolean =>
    marked.length === 0
      ? index < fewLines
      : marked.some((at) => index >= at - neighbours && index <= at + neighbours);
  const result: ProtocolLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (near(index)) {
      result.push(line);
      continue;
    }
    const hidden = line.kind === 'gap' ? line.lines : 1;
    const last = result.at(-1);
    if (last?.kind === 'gap') result[result.length - 1] = { kind: 'gap', lines: last.lines + hidden };
    else result.push({ kind: 'gap', lines: hidden });
  }
  return result;
}

function lineText(
  line: ProtocolLine,
  layout: { marks: Marks; digits: number; width: number; paint: ChalkInstance },
): string {
  const { marks, digits, width, paint } = layout;
  const indent = ' '.repeat(digits + 4);
  if (line.kind === 'gap') return paint.dim(`${indent}... ${line.lines} more`);
  if (line.kind === 'ack') return `${indent}${paint.cyan(`ack ${JSON.stringify(line.text)}`)}`;
  const ids = marks.get(line.number);
  const number = `${String(line.number).padStart(digits)}.`;
  const text = callText(line).padEnd(width);
  const tail = [
    line.at === undefined ? '' : placeText({ ...line, at: line.at }),
    ids ? `<- ${ids.join(', ')}` : '',
  ]
    .filter(Boolean)
    .join('  ');
  const whole = `${ids ? '>' : ' '} ${number} ${text}  ${tail}`.trimEnd();
  return ids ? paint.red(whole) : whole;
}

function callText(line: ProtocolLine): string {
  if (line.kind !== 'operation') return '';
  return `${line.atomic ? `[${line.call}]` : line.call}${syncText(line)}`;
}

function syncText({ sync }: ProtocolOperation): string {
  if (!sync) return '';
  if (sync.errno !== null) return ` failed with ${sync.errno}: makes nothing durable`;
  return sync.durable === '' ? ': makes nothing durable' : `: makes ${sync.durable} durable`;
}
