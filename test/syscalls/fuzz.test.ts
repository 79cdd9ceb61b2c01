import fc from 'fast-check';
import t from 'tap';
import { fateOf, type LineFate, mutatedLine, wholeLines } from '../../bench/fuzz/mutated-calls.js';
import { parseTraceLog } from '../../harness/syscalls/trace-log.js';

/** 100,000 in the campaign. */
const runs = Number(process.env.PLUGPULL_RUNS ?? 5000);

t.test('no mutated line throws, and none is skipped in silence', async (t) => {
  const fates = new Map<LineFate, number>();
  fc.assert(
    fc.property(mutatedLine, (line) => {
      const fate = fateOf(line);
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
      return fate !== 'lost';
    }),
    { numRuns: runs },
  );
  t.ok(fates.get('call')! > runs / 10, `${fates.get('call')} understood`);
  t.ok(fates.get('fault')! > runs / 10, `${fates.get('fault')} reported`);
});

t.test('no mutated log throws', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(mutatedLine, fc.constantFrom(...wholeLines)), { maxLength: 20 }),
      fc.nat(3000),
      (log, cut) => {
        parseTraceLog(log.join('\n').slice(0, cut));
      },
    ),
    { numRuns: Math.ceil(runs / 10) },
  );
  t.pass();
});
