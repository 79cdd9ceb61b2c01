import type { Finding } from '../verdict/finding.js';
import type { Protocol, ProtocolLine } from '../verdict/protocol.js';
import type { ModelExplanation } from './judge-calls.js';

/** A protocol of up to this many lines is kept whole; what a person cannot read helps nobody. */
const mostLines = 400;
const firstLines = 120;
const lastLines = 40;
/** How many lines around an operation at fault stay. */
const neighbours = 4;

/** What goes into the result: the protocol of one model, cut to what shows its findings. */
export function protocolOf(
  { model, operations, repair, superfluous }: ModelExplanation,
  findings: readonly Finding[],
): Protocol {
  const atFault = new Set(
    findings.filter((finding) => finding.model === model).flatMap((finding) => finding.operations ?? []),
  );
  return { model, operations: shortened(operations, atFault), repair, superfluous };
}

/** Leaves out lines far from any at fault, and says how many. */
function shortened(lines: readonly ProtocolLine[], atFault: ReadonlySet<number>): ProtocolLine[] {
  if (lines.length <= mostLines) return [...lines];
  const kept = new Set<number>();
  const keep = (from: number, to: number): void => {
    for (let index = Math.max(0, from); index < Math.min(lines.length, to); index++) kept.add(index);
  };
  keep(0, firstLines);
  keep(lines.length - lastLines, lines.length);
  for (const [index, line] of lines.entries()) {
    if (kept.size >= mostLines) break;
    if (line.kind === 'operation' && atFault.has(line.number))
      keep(index - neighbours, index + neighbours + 1);
  }
  const result: ProtocolLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (kept.has(index)) {
      result.push(line);
      continue;
    }
    const last = result.at(-1);
    if (last?.kind === 'gap') last.lines++;
    else result.push({ kind: 'gap', lines: 1 });
  }
  return result;
}
