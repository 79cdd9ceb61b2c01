/**
 * The operations that generated workloads are made of, each with what it needs and what can be made durable after it.
 *
 * Assumes the names of symmetry.ts, under whose swaps this list is closed. Its order is part of every workload's number:
 * what is new comes last.
 */
import { fallocModes } from '../workload/falloc.js';
import type { Operation } from '../workload/operation.js';
import { type Need, parentOf, xattrName } from './name-space.js';

export interface CoreOperation {
  needs: readonly Need[];
  /** One operation, or a few that only make sense together. */
  lines: readonly Operation[];
}

const rootFiles = ['foo', 'bar'];
const directories = ['A', 'B'];
const deepFiles = directories.flatMap((directory) => rootFiles.map((name) => `${directory}/${name}`));
const files = [...rootFiles, ...deepFiles];
/** The name that what stays open has; made unique in a workload. */
export const heldName = 'h';
const held = `@${heldName}`;

const file = (path: string): Need => ({ path, is: 'file' });
const absent = (path: string): Need => ({ path, is: 'absent' });

/** Two names that a link or a rename takes from one to the other: at the root, in a directory, across, up and down. */
const pairs: readonly (readonly [string, string])[] = files.flatMap((from) =>
  files
    .filter((to) => to !== from && (parentOf(to) === parentOf(from) || nameOf(to) === nameOf(from)))
    .map((to) => [from, to] as const),
);

export const coreOperations: readonly CoreOperation[] = [
  ...files.map((path) => core([absent(path)], { op: 'create', path })),
  ...[...directories, ...directories.map((above) => `${above}/C`)].map((path) =>
    core([absent(path)], { op: 'mkdir', path }),
  ),
  ...rootFiles.flatMap(contentOperations),
  ...rootFiles.flatMap((path) => [
    core([file(path)], { op: 'setxattr', path, name: xattrName, value: 'probe' }),
    core([{ path, is: 'xattr' }], { op: 'removexattr', path, name: xattrName }),
    core([file(path)], { op: 'chmod', path, mode: 0o600 }),
  ]),
  ...pairs.map(([from, to]) => core([file(from), absent(to)], { op: 'link', from, to })),
  ...files.map((path) => core([file(path)], { op: 'unlink', path })),
  ...files.map((path) => core([absent(path)], { op: 'symlink', target: 'nowhere', path })),
  ...pairs.map(([from, to]) => core([file(from), absent(to)], { op: 'rename', from, to })),
  ...pairs.map(([from, to]) => core([file(from), file(to)], { op: 'rename', from, to })),
  ...directories.flatMap((from) => {
    const to = directories.find((other) => other !== from)!;
    const move: Operation = { op: 'rename', from, to };
    return [
      core([file(`${from}/foo`), absent(to)], move),
      core([file(`${from}/foo`), { path: to, is: 'empty' }], move),
      core([{ path: `${from}/C`, is: 'directory' }, absent(`${to}/C`)], {
        op: 'rename',
        from: `${from}/C`,
        to: `${to}/C`,
      }),
    ];
  }),
  ...pairs
    .filter(([from, to]) => from < to)
    .map(([from, to]) => core([file(from), file(to)], { op: 'exchange', from, to })),
  core([file('A/foo'), { path: 'B', is: 'directory' }], { op: 'exchange', from: 'A', to: 'B' }),
  core([file('B/foo'), { path: 'A', is: 'directory' }], { op: 'exchange', from: 'A', to: 'B' }),
  ...files.map((path) =>
    core(
      [absent(path)],
      { op: 'tmpfile', directory: parentOf(path), as: heldName },
      { op: 'write', path: held, at: 0, length: 4096, manner: 'buffered' },
      { op: 'link', from: held, to: path },
    ),
  ),
  ...directories.flatMap((path) => [
    core([{ path, is: 'empty' }], { op: 'rmdir', path }),
    core([{ path, is: 'empty' }], { op: 'hold', path, as: heldName }, { op: 'rmdir', path }),
  ]),
  ...files.map((path) => core([file(path)], { op: 'hold', path, as: heldName }, { op: 'unlink', path })),
];

function core(needs: readonly Need[], ...lines: readonly Operation[]): CoreOperation {
  return { needs, lines };
}

function contentOperations(path: string): CoreOperation[] {
  const write = (at: number, length: number, manner: 'buffered' | 'direct' = 'buffered'): Operation => ({
    op: 'write',
    path,
    at,
    length,
    manner,
  });
  const ranges = {
    extend: [12288, 8192],
    keep: [12288, 8192],
    punch: [4096, 4096],
    zero: [4096, 4096],
    zero_keep: [8192, 8192],
    collapse: [4096, 4096],
    insert: [4096, 4096],
  } as const;
  const operations: Operation[] = [
    // Append, whole and not; overwrite, whole and not; behind a hole.
    write(12288, 4096),
    write(12288, 1000),
    write(4096, 4096),
    write(3000, 5000),
    write(20480, 4096),
    write(4096, 4096, 'direct'),
    write(12288, 4096, 'direct'),
    { op: 'store', path, at: 4096, length: 4096 },
    ...fallocModes.map((mode): Operation => {
      const [at, length] = ranges[mode];
      return { op: 'falloc', path, mode, at, length };
    }),
    { op: 'truncate', path, size: 0 },
    { op: 'truncate', path, size: 5000 },
    { op: 'truncate', path, size: 20480 },
  ];
  return operations.map((operation) => core([file(path)], operation));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
