import type { Operation } from '../workload/operation.js';
import { type CoreOperation, heldName } from './core-operations.js';
import { parentOf } from './name-space.js';

/**
 * What can be asked to be durable after an operation: the files that it named, the directories that their names are in,
 * what it holds open, what it stored; a write of its own on an O_SYNC descriptor, which owes nothing that came before;
 * everything. Which of it is possible depends on what is there by then.
 */
export function persistencePoints({ lines }: CoreOperation): Operation[] {
  const named = [...new Set(lines.flatMap(pathsOf))];
  const parents = [...new Set(named.map(parentOf))];
  const isHeld = lines.some(({ op }) => op === 'hold');
  return [
    ...named.flatMap((path): Operation[] => [
      { op: 'fsync', path },
      { op: 'fdatasync', path },
    ]),
    ...parents.filter((path) => !named.includes(path)).map((path): Operation => ({ op: 'fsync', path })),
    ...(isHeld ? [{ op: 'fsync', path: `@${heldName}` } as const] : []),
    ...lines.flatMap((line): Operation[] =>
      line.op === 'store' ? [{ op: 'msync', path: line.path, at: line.at, length: line.length }] : [],
    ),
    ...named
      .slice(lines[0]!.op === 'exchange' ? 0 : -1)
      .map((path): Operation => ({ op: 'write', path, at: 8192, length: 4096, manner: 'sync' })),
    { op: 'sync' },
    { op: 'syncfs' },
  ];
}

function pathsOf(operation: Operation): string[] {
  switch (operation.op) {
    case 'link':
    case 'rename':
    case 'exchange':
      return [operation.from, operation.to].filter((path) => !path.startsWith('@'));
    case 'tmpfile':
    case 'sync':
    case 'syncfs':
      return [];
    default:
      return operation.path.startsWith('@') ? [] : [operation.path];
  }
}
