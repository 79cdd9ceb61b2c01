import type { Durability } from '../../model/durability.js';
import type { History } from '../../model/history.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import type { ProtocolLine } from '../../verdict/protocol.js';
import { calledFrom, type SourceLines } from '../sources/source-lines.js';

/** The numbers that operations go by in the protocol, by index of their step. Steps that only close a file have none. */
export function operationNumbers(history: History): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const { title, index } of history.steps) if (title !== '') numbers.set(index, numbers.size + 1);
  return numbers;
}

/** The protocol as a person would write it down: operations numbered, what each sync made durable, acks in between. */
export function explainOperations(
  history: History,
  durable: Durability,
  model: PersistenceModel,
  sources: SourceLines,
): ProtocolLine[] {
  const numbers = operationNumbers(history);
  const covered = coveredSteps(history, durable);
  const lines: ProtocolLine[] = [];
  let nextAck = 0;
  const takeAcks = (until: number): void => {
    for (; nextAck < history.acks.length && history.acks[nextAck]!.at < until; nextAck++) {
      lines.push({ kind: 'ack', text: history.acks[nextAck]!.text });
    }
  };
  for (const { index, enter, exit, title, effects, sync, call } of history.steps) {
    const number = numbers.get(index);
    if (number === undefined) continue;
    takeAcks(enter);
    const made = [...(covered.get(exit) ?? [])].flatMap((step) => numbers.get(step) ?? []);
    const at = sources.of(call);
    lines.push({
      kind: 'operation',
      number,
      call: title,
      atomic: model.ordering.rename_atomic.value && effects.filter(({ kind }) => kind === 'entry').length > 1,
      ...(at === null ? {} : { at, ...calledFrom(sources.callerOf(call)) }),
      // On a file system mounted `sync` a call may make its own effects durable without asking.
      ...(sync || made.length > 0 ? { sync: { errno: sync?.errno ?? null, durable: ranges(made) } } : {}),
    });
  }
  takeAcks(Number.POSITIVE_INFINITY);
  return lines;
}

/** The steps whose effects became durable by a call, by the position of its return. */
function coveredSteps(history: History, durable: Durability): Map<number, Set<number>> {
  const covered = new Map<number, Set<number>>();
  for (const { id, step } of history.effects) {
    const since = durable.since[id]!;
    if (!Number.isFinite(since)) continue;
    const exit = Math.floor(since);
    const steps = covered.get(exit);
    if (steps) steps.add(step);
    else covered.set(exit, new Set([step]));
  }
  return covered;
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
