/**
 * Names that mean nothing by themselves: what is done to `A` and `foo` could as well be done to `B` and `bar`. Of the
 * workloads that come out of each other by swapping them, the one whose text comes first stands for all.
 */
import { type Operation, printOperation } from '../workload/operation.js';

const swaps: readonly ReadonlyMap<string, string>[] = [
  new Map([
    ['A', 'B'],
    ['B', 'A'],
  ]),
  new Map([
    ['foo', 'bar'],
    ['bar', 'foo'],
  ]),
  new Map([
    ['A', 'B'],
    ['B', 'A'],
    ['foo', 'bar'],
    ['bar', 'foo'],
  ]),
];

/** `foo` is to come before `bar`. */
function order(text: string): string {
  return text.replaceAll('foo', 'b\u0001').replaceAll('bar', 'b\u0002');
}

/** How a step reads under each way of swapping names, its own first. */
export type Readings = readonly string[];

export function readingsOf(operations: readonly Operation[]): Readings {
  return [operations, ...swaps.map((swap) => swapped(operations, swap))].map((one) => order(textOf(one)));
}

/** Do these steps stand for those that come out of them by swapping names? */
export function standsForAll(steps: readonly Readings[]): boolean {
  return swaps.every((_, i) => {
    const different = steps.find((readings) => readings[0] !== readings[i + 1]);
    return different === undefined || different[0]! < different[i + 1]!;
  });
}

function textOf(operations: readonly Operation[]): string {
  return operations.map(printOperation).join('\n');
}

function swapped(operations: readonly Operation[], swap: ReadonlyMap<string, string>): Operation[] {
  const path = (text: string): string =>
    text
      .split('/')
      .map((name) => swap.get(name) ?? name)
      .join('/');
  return operations.map((operation) => {
    const changed = Object.fromEntries(
      Object.entries(operation).map(([key, value]) => [
        key,
        pathKeys.has(key) ? path(value as string) : value,
      ]),
    ) as unknown as Operation;
    if (changed.op !== 'exchange' || changed.from < changed.to) return changed;
    return { ...changed, from: changed.to, to: changed.from };
  });
}

const pathKeys = new Set(['path', 'from', 'to', 'directory']);
