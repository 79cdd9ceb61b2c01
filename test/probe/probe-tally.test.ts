/** Adding up answers: what is kept of them does not grow with them, and their order does not matter. */
import t from 'tap';
import { ProbeTally } from '../../harness/probe/probe-document.js';
import type { WorkloadResult } from '../../harness/probe/result.js';
import { storage } from '../../harness/scenario/schema/storage.js';

const tried = {
  ...{ name: 'a storage', place: { kernel: '7', kernelName: 'uml', place: 'vm' as const } },
  ...{ complete: true, durationMs: 1 },
};

/** Every third is broken in one of five ways, every seventh unknown for a reason of its own. */
function answer(nth: number): WorkloadResult {
  const told = { name: `2.${nth}`, points: 3, states: '8', recoveries: 4, exhaustive: true };
  if (nth % 7 === 0) return { ...told, outcome: 'unknown', reason: `reason ${nth}` };
  if (nth % 3 > 0) return { ...told, outcome: 'kept' };
  const finding = { rules: 'posix' as const, kind: `kind ${nth % 5}`, text: 'lost it', operation: 0 };
  return { ...told, outcome: 'broken', finding: { ...finding, after: 1, pending: 2, lost: 1, torn: false } };
}

function resultOf(numbers: readonly number[]) {
  const tally = new ProbeTally();
  for (const nth of numbers) tally.add(answer(nth), () => ['create foo', 'fsync .']);
  return tally.result(storage.parse({}), tried);
}

const firsts = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1_000_000);

t.test('what is kept does not grow with the number of workloads', async (t) => {
  const [few, many] = [resultOf(firsts(1000)), resultOf(firsts(50_000))].map(
    (result) => JSON.stringify(result).length,
  );
  // Counts have more digits.
  t.ok(many! - few! < 100, `${few} bytes, and ${many}`);
});

t.test('the order in which answers come changes nothing', async (t) => {
  const numbers = firsts(300).filter((nth) => nth % 7 > 0);
  const { digest, ...one } = resultOf(numbers);
  const { digest: other, ...reversed } = resultOf([...numbers].reverse());
  t.equal(other, digest);
  t.strictSame(reversed, one);
  t.not(resultOf(numbers.slice(1)).digest, digest, 'and one that is missing shows');
});
