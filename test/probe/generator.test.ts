import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { errorCode, SystemCallError } from '../../harness/attach/libc.js';
import { readDirectoryTree } from '../../harness/model/directory-tree.js';
import { replayDifferences } from '../../harness/model/replay-differences.js';
import { historyOf } from '../../harness/probe/executor/call-history.js';
import { Performer } from '../../harness/probe/executor/perform.js';
import {
  allWorkloads,
  type NumberedWorkload,
  numbering,
  numbersOf,
  sampleWorkloads,
  workloadAt,
} from '../../harness/probe/generator/generator.js';
import { isPersistence, type Operation, printOperation } from '../../harness/probe/workload/operation.js';
import { printWorkload } from '../../harness/probe/workload/workload.js';

const ones = [...allWorkloads(1)];
const numberOf = fc.oneof(
  fc.record({ length: fc.constant(2 as const), number: fc.nat(numbersOf(2) - 1) }),
  fc.record({ length: fc.constant(3 as const), number: fc.maxSafeNat().map((n) => n % numbersOf(3)) }),
);

function textOf(operations: readonly Operation[]): string {
  return operations.map(printOperation).join('\n');
}

t.test('numbers are the same in every release', async (t) => {
  const digest = createHash('sha256');
  for (const { number, ...workload } of ones)
    digest.update(`${number} ${printWorkload(workload).join(';')}\n`);
  // Another digest is another numbering: findings that are known by their numbers would mean something else.
  t.strictSame(
    { numbering, count: ones.length, digest: digest.digest('hex').slice(0, 16) },
    { numbering: 1, count: 351, digest: 'aaae3de3b82ccf03' },
  );
  t.strictSame(
    sampleWorkloads(3, 5, 7).map(({ number }) => number),
    sampleWorkloads(3, 5, 7).map(({ number }) => number),
    'a sample is its seed',
  );
  t.notSame(sampleWorkloads(3, 5, 7), sampleWorkloads(3, 5, 8));
  t.equal(sampleWorkloads(1, 10_000, 1).length, ones.length, 'no more than there are');
});

const swaps: Record<string, string>[] = [
  { A: 'B', B: 'A' },
  { foo: 'bar', bar: 'foo' },
  { A: 'B', B: 'A', foo: 'bar', bar: 'foo' },
];

/** The text of a workload with names swapped. */
function swappedText(text: string, swap: Record<string, string>): string {
  return text
    .replaceAll(/\b(?:A|B|foo|bar)\b/g, (name) => swap[name] ?? name)
    .replaceAll(
      /^exchange (\S+) (\S+)$/gm,
      (_, a: string, b: string) => `exchange ${[a, b].sort().join(' ')}`,
    );
}

t.test('none comes out of another by swapping names', async (t) => {
  for (const some of [ones, sampleWorkloads(2, 2000, 1)]) {
    const texts = new Set(some.map(({ body }) => textOf(body)));
    for (const text of texts)
      for (const swap of swaps) {
        const other = swappedText(text, swap);
        if (other !== text && texts.has(other)) t.fail(`${text}\n--- is\n${other}`);
      }
  }
  const texts = new Set(ones.map(({ body }) => textOf(body)));
  for (const text of ['create bar\nfsync bar', 'rename B/foo B/bar\nfsync B']) {
    t.equal(texts.has(text), false, text);
    t.equal(
      swaps.some((swap) => texts.has(swappedText(text, swap))),
      true,
      `${text}, by other names`,
    );
  }
});

t.test('each operation is followed by a persistence point', async (t) => {
  const check = ({ body, length }: NumberedWorkload): void => {
    assert.equal(isPersistence(body.at(-1)!), true, textOf(body));
    assert.equal(body.filter(isPersistence).length >= length, true, textOf(body));
  };
  for (const workload of ones) check(workload);
  fc.assert(
    fc.property(numberOf, ({ length, number }) => {
      const workload = workloadAt(length, number);
      if (workload) check(workload);
    }),
    { numRuns: 3000 },
  );
  const used = new Set(ones.map(({ body }) => printOperation(body.at(-1)!).replace(/ .*sync$| .*/, '')));
  t.strictSame([...used].sort(), ['fdatasync', 'fsync', 'msync', 'sync', 'syncfs', 'write']);
});

/** Said by hand: every file and directory that an operation touches, what it holds, what it stored, and everything. */
const pointsByHand: Record<string, string[]> = {
  'create foo': ['fsync foo', 'fdatasync foo', 'fsync .', 'write foo 8192 4096 sync'],
  'unlink foo': ['fsync .'],
  'rename A/foo foo': ['fsync foo', 'fdatasync foo', 'fsync A', 'fsync .', 'write foo 8192 4096 sync'],
  'rename A/C B/C': ['fsync B/C', 'fdatasync B/C', 'fsync A', 'fsync B'],
  'hold A/foo h\nunlink A/foo': ['fsync A', 'fsync @h'],
  'store foo 4096 4096': [
    ...['fsync foo', 'fdatasync foo', 'fsync .'],
    ...['msync foo 4096 4096', 'write foo 8192 4096 sync'],
  ],
  'link foo bar': [
    ...['fsync foo', 'fdatasync foo', 'fsync bar', 'fdatasync bar'],
    ...['fsync .', 'write bar 8192 4096 sync'],
  ],
};

/** Points that are lacking behind an operation, or are there and should not be. */
function wrongPoints(workloads: readonly NumberedWorkload[]): string[] {
  return Object.entries(pointsByHand).flatMap(([core, points]) => {
    const found = workloads
      .filter(({ body }) => textOf(body.slice(0, -1)) === core)
      .map(({ body }) => printOperation(body.at(-1)!));
    const owed = new Set([...points, 'sync', 'syncfs']);
    const wrong = [
      ...[...owed].filter((one) => !found.includes(one)),
      ...found.filter((one) => !owed.has(one)),
    ];
    return wrong.map((point) => `${core}: ${point}`);
  });
}

t.test(
  'every point that an operation can be followed by is there, and skipping any of them is seen',
  async (t) => {
    t.strictSame(wrongPoints(ones), []);
    for (const [core, points] of Object.entries(pointsByHand))
      for (const point of points) {
        const skipping = ones.filter(({ body }) => textOf(body) !== `${core}\n${point}`);
        t.strictSame(wrongPoints(skipping), [`${core}: ${point}`]);
      }
  },
);

/** What this machine's own file system need not have. */
const optional = new Set(['falloc', 'setxattr', 'removexattr', 'exchange', 'tmpfile']);

/** Carries a workload out in a folder; what it could not do here, or null. */
function perform({ setup, body }: NumberedWorkload): string | null {
  const root = mkdtempSync(join(tmpdir(), 'plugpull-probe-'));
  const performer = new Performer(root, () => {});
  try {
    let line = 0;
    for (const operation of setup) performer.perform(operation, line++);
    const initial = readDirectoryTree(root);
    for (const operation of body) performer.perform(operation, line++);
    const final = readDirectoryTree(root);
    const { history } = historyOf({ setup, body }, initial);
    assert.deepEqual(history.doubts, [], textOf(body));
    assert.deepEqual(replayDifferences(history, final), [], printWorkload({ setup, body }).join('; '));
    assert.equal(
      history.steps.some(({ sync }) => sync !== null),
      true,
      textOf(body),
    );
    return null;
  } catch (error) {
    const code = error instanceof SystemCallError ? error.code : errorCode(error);
    const { op } = body.find(({ op }) => optional.has(op)) ?? { op: '' };
    const isDirect = body.some((one) => one.op === 'write' && one.manner === 'direct');
    if ((op !== '' || isDirect) && ['EOPNOTSUPP', 'ENOTSUP', 'EINVAL'].includes(code ?? '')) return code;
    throw error;
  } finally {
    performer.close();
    rmSync(root, { recursive: true });
  }
}

t.test('all of them can be done, and the history says what they did', async (t) => {
  let done = 0;
  const some = [...ones, ...sampleWorkloads(2, 60, 3), ...sampleWorkloads(3, 60, 3)];
  for (const workload of some.filter(({ body }) => !body.some(({ op }) => op === 'sync')))
    if (perform(workload) === null) done++;
  t.ok(done > 300, `${done} were done`);
});
