/**
 * One promise, two engines: of random small programs with random promises, the contract engine's analysis says `pass`
 * exactly where no state that the model allows breaks a promise as the judge of recovered trees sees it.
 */
import fc from 'fast-check';
import t from 'tap';
import { enumeratedBreaches } from '../../bench/differential/enumeration.js';
import type { Uncertainty } from '../../harness/contract/judge-durability.js';
import { promiseBreaches } from '../../harness/contract/promise-breaches.js';
import { noSyncChanges } from '../../harness/model/durability.js';
import { modelNames, persistenceModel } from '../../harness/model/model-catalogue.js';
import { promiseText } from '../../harness/promise/breach.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import { writtenProgram, writtenProgramFiles } from '../contract/written-program.js';
import { replayWritten } from '../contract/written-trace.js';

const globs = fc.subarray(['a', 'b', '*', '[bc]'], { maxLength: 2 });
const promises = fc
  .record({
    snapshot: fc.boolean(),
    files: globs,
    atomic: globs,
    gone: globs,
    ignore: fc.subarray(['c', 'b']),
  })
  .filter(({ snapshot, files, atomic, gone }) => snapshot || files.length + atomic.length + gone.length > 0)
  .map((input) => promise.parse(input));

const runs = Number(process.env.PLUGPULL_RUNS ?? 150);
for (const name of modelNames) {
  t.test(`${name}: one promise, two engines`, async (t) => {
    const model = persistenceModel(name);
    const counted = { pass: 0, violation: 0, hidden: 0 };
    fc.assert(
      fc.property(writtenProgram, promises, (calls, promised) => {
        const history = replayWritten(calls, writtenProgramFiles);
        const seen = enumeratedBreaches(history, model, promised);
        fc.pre(seen !== null);
        const note: Uncertainty[] = [];
        const breaches = promiseBreaches({
          history,
          model,
          promises: promised,
          changes: noSyncChanges,
          note,
        });
        const told = (list: readonly { promise?: string; detail?: string }[]): string =>
          list.map(({ promise: said, detail }) => said ?? detail).join('; ') || 'nothing';
        // A file that was cut off in place and then replaced may look like what replaces it half: the trees cannot tell.
        const hidden =
          seen!.length === 0 && breaches.every(({ promise }) => promise.includes('what replaced it'));
        if (hidden && breaches.length > 0) counted.hidden++;
        else if (seen!.length > 0 !== breaches.length > 0)
          throw new Error(`the calls: ${told(breaches)}; the trees: ${told(seen!)}`);
        counted[breaches.length > 0 ? 'violation' : 'pass']++;
        // A file that was renamed twice is told by one name or by the other.
        const inTrees = new Set(seen!.map(({ rule }) => promiseText({ rule, path: '*' })));
        const strange = breaches.find(
          ({ promise: said, path }) => !inTrees.has(said.replace(`${path}`, '*')),
        );
        if (strange && !hidden)
          throw new Error(`the calls: ${strange.promise}; the trees: ${[...inTrees].join('; ')}`);
        return true;
      }),
      { numRuns: runs },
    );
    t.ok(counted.hidden < counted.violation / 4 + 3, `${counted.hidden} replacements look like their past`);
    t.ok(counted.pass > 10, `${counted.pass} programs keep their promises`);
    if (name !== 'ext2-sync') t.ok(counted.violation > 10, `${counted.violation} break them`);
  });
}
