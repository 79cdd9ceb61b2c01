import type { Durability } from '../model/durability.js';
import type { History } from '../model/history.js';

const mostLines = 400;

/**
 * The protocol as a person would write it down: the operations numbered, those that a crash keeps or loses as one in
 * brackets, behind each sync call what it made durable, and the acks where they came.
 */
export function explainOperations(history: History, durable: Durability): string[] {
  const numbers = new Map<number, number>();
  const covered = new Map<number, Set<number>>();
  for (const effect of history.effects) {
    const since = durable.since[effect.id]!;
    if (!Number.isFinite(since)) continue;
    const steps = covered.get(since) ?? new Set();
    covered.set(since, steps.add(effect.step));
  }
  const lines: string[] = [];
  const acks = [...history.acks];
  const takeAcks = (until: number): void => {
    while (acks.length > 0 && acks[0]!.at < until) lines.push(`ack '${acks.shift()!.text}'`);
  };
  for (const step of history.steps) {
    if (step.title === '') continue;
    takeAcks(step.enter);
    numbers.set(step.index, numbers.size + 1);
    const grouped = step.effects.filter(({ kind }) => kind === 'entry').length > 1;
    let line = `${numbers.get(step.index)}. ${grouped ? `[${step.title}]` : step.title}`;
    if (step.sync) {
      const made = [...(covered.get(step.exit) ?? [])]
        .map((index) => numbers.get(index))
        .filter((number) => number !== undefined);
      if (step.sync.errno !== null) line += ` failed with ${step.sync.errno}`;
      line += made.length > 0 ? `: makes ${ranges(made)} durable` : ': makes nothing durable';
    }
    lines.push(line);
    if (lines.length >= mostLines) {
      lines.push(`(${history.steps.length - step.index - 1} more operations)`);
      return lines;
    }
  }
  takeAcks(Number.POSITIVE_INFINITY);
  return lines;
}

/** `1-3, 5` */
function ranges(numbers: number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let index = 0; index < sorted.length; ) {
    let end = index;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    parts.push(end > index ? `${sorted[index]}-${sorted[end]}` : String(sorted[index]));
    index = end + 1;
  }
  return parts.join(', ');
}
