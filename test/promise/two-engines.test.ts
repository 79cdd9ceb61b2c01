/**
 * One promise, two engines: of random small programs with random promises, the contract engine's analysis says `pass`
 * exactly where no state that the model allows breaks a promise as the judge of recovered trees sees it.
 */
import fc from 'fast-check';
import t from 'tap';
import { enumeratedBreaches } from '../../bench/differential/enumeration.js';
import { promiseBreaches } from '../../harness/contract/breach/promise-breaches.js';
import type { Uncertainty } from '../../harness/contract/breach/uncertainty.js';
import { noSyncChanges } from '../../harness/model/durability.js';
import type { History } from '../../harness/model/history.js';
import { modelNames, persistenceModel } from '../../harness/model/model-catalogue.js';
import { promiseText } from '../../harness/promise/breach.js';
import { type Law, law, type Part } from '../../harness/promise/law.js';
import { linkMoments } from '../../harness/promise/link-moments.js';
import { promisedNames, seenThings } from '../../harness/promise/promised-names.js';
import type { Promised } from '../../harness/promise/promises.js';
import { type Promise_, promise } from '../../harness/scenario/schema/promise.js';
import { widerProgram, widerProgramFiles } from '../contract/wider-program.js';
import { writtenProgram, writtenProgramFiles } from '../contract/written-program.js';
import { replayWritten, writtenRoot, writtenTree } from '../contract/written-trace.js';

const promisesOf = (globs: string[], ignored: string[]) => {
  const some = fc.subarray(globs, { maxLength: 2 });
  return fc
    .record({
      snapshot: fc.boolean(),
      files: some,
      atomic: some,
      gone: some,
      ignore: fc.subarray(ignored),
    })
    .filter(({ snapshot, files, atomic, gone }) => snapshot || files.length + atomic.length + gone.length > 0)
    .map((input) => promise.parse(input));
};

const families = [
  {
    of: 'files in one directory',
    programs: writtenProgram,
    files: writtenProgramFiles,
    promises: promisesOf(['a', 'b', '*', '[bc]'], ['c', 'b']),
    runs: 60,
  },
  {
    of: 'every family of effects',
    programs: widerProgram,
    files: widerProgramFiles,
    promises: promisesOf(['a', 'l', '*', '?/a'], ['b', 'l']),
    runs: 100,
  },
];

/** What is promised, with the names that lead through links. */
function promisedOf(history: History, asked: Promise_, files: Record<string, string | null>): Promised {
  const moments = [seenThings(writtenTree(files)), ...linkMoments(history, asked)];
  return promisedNames(asked, moments, writtenRoot).promises;
}

for (const { of, programs, files, promises, runs } of families) {
  for (const name of modelNames) {
    t.test(`${name}, ${of}: one promise, two engines`, async (t) => {
      const model = persistenceModel(name);
      const counted = { pass: 0, violation: 0, hidden: 0, linked: 0 };
      fc.assert(
        fc.property(programs, promises, (calls, asked) => {
          const history = replayWritten(calls, files);
          const promised = promisedOf(history, asked, files);
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
          if (promised.linked) counted.linked++;
          // A file that was renamed twice is told by one name or by the other.
          const inTrees = new Set(seen!.map(({ rule }) => promiseText({ rule, path: '*' })));
          const strange = breaches.find(
            ({ promise: said, path }) => !inTrees.has(said.replace(`${path}`, '*')),
          );
          if (strange && !hidden)
            throw new Error(`the calls: ${strange.promise}; the trees: ${[...inTrees].join('; ')}`);
          return true;
        }),
        { numRuns: Number(process.env.PLUGPULL_RUNS ?? runs) },
      );
      t.ok(counted.hidden < counted.violation / 4 + 3, `${counted.hidden} replacements look like their past`);
      t.ok(counted.pass > 5, `${counted.pass} programs keep their promises`);
      if (name !== 'ext2-sync') t.ok(counted.violation > 3, `${counted.violation} break them`);
      if (programs === widerProgram) t.ok(counted.linked > 5, `${counted.linked} are about links`);
    });
  }
}

const withoutPart = (part: Part): Law => ({
  ...law,
  owed: {
    ...law.owed,
    file: new Set([...law.owed.file].filter((each) => each !== part)),
  },
});
const forgotten: Record<string, Law> = {
  names: withoutPart('name'),
  contents: withoutPart('content'),
  moves: { ...law, movesKept: false },
  removals: { ...law, removalsKept: false },
  versions: { ...law, versionsWhole: false },
  arrivals: { ...law, arrivalsWhole: false },
};

for (const [part, mutant] of Object.entries(forgotten)) {
  t.test(`an engine that forgets ${part} is found out by the other one`, async (t) => {
    const model = persistenceModel('posix');
    const { programs, files, promises } = families[1]!;
    const isFoundOut = ([calls, asked]: [string[], Promise_]): boolean => {
      const history = replayWritten(calls, files);
      const promised = promisedOf(history, asked, files);
      const told = promiseBreaches({ history, model, promises: promised, changes: noSyncChanges });
      const seen = told.length > 0 ? enumeratedBreaches(history, model, promised, mutant) : null;
      return seen?.length === 0;
    };
    t.ok(fc.sample(fc.tuple(programs, promises), { numRuns: 1000, seed: 1 }).some(isFoundOut));
  });
}
