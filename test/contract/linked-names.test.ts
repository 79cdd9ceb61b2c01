/** `atomic` and `files` of names that lead through symbolic links, to one file now and to another later. */
import t from 'tap';
import { enumeratedBreaches } from '../../bench/differential/enumeration.js';
import { judgeHistory } from '../../harness/contract/judge-calls.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import { type Law, law } from '../../harness/promise/law.js';
import { linkMoments } from '../../harness/promise/link-moments.js';
import { promisedNames, seenThings } from '../../harness/promise/promised-names.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import {
  ack,
  close,
  create,
  directorySynced,
  rename,
  replayWritten,
  sync,
  unlink,
  write,
  writtenRoot,
  writtenTree,
} from './written-trace.js';

type Asked = Parameters<typeof promise.parse>[0];

/** The outcome by the calls, and whether a state that the model allows breaks it as recovered trees are judged. */
function judged(calls: readonly string[], asked: Asked, files: Record<string, string | null>, law?: Law) {
  const history = replayWritten(calls, files);
  const input = promise.parse(asked);
  const moments = [seenThings(writtenTree(files)), ...linkMoments(history, input)];
  const { promises } = promisedNames(input, moments, writtenRoot);
  const { outcome, findings } = judgeHistory(history, { promises, models: ['posix'] } as never);
  const trees = enumeratedBreaches(history, persistenceModel('posix'), promises, law);
  return { outcome, properties: findings.map(({ property }) => property), broken: trees!.length > 0 };
}

const linkTo = (target: string): string[] => [`symlink("${target}", "t") = 0`, rename('t', 'cur')];
const made = (name: string, isSynced = true): string[] => [
  create(name),
  write(name, `of ${name}`),
  ...(isSynced ? [sync(name)] : []),
  close(),
];
const cases: { of: string; calls: string[]; asked?: Asked; outcome: string; property?: RegExp }[] = [
  {
    of: 'new file, synced, then a link renamed over',
    calls: [...[...made('new'), ...directorySynced(), ...linkTo('new'), ...directorySynced(), ack()]],
    outcome: 'pass',
  },
  {
    of: 'the new file is not synced',
    calls: [...made('new', false), ...directorySynced(), ...linkTo('new'), ack()],
    outcome: 'violation',
    property: /needs fsync\(new\) before rename\(t, cur\)/,
  },
  {
    of: 'the new file has no durable name',
    calls: [...made('new'), ...linkTo('new'), ack()],
    outcome: 'violation',
    property: /creat\(new\) needs fsync\(\.\) before rename\(t, cur\)/,
  },
  {
    of: 'the link is taken away and made anew',
    calls: [
      ...[...made('new'), ...directorySynced()],
      ...[ack(), unlink('cur'), 'symlink("new", "cur") = 0', ack()],
    ],
    outcome: 'violation',
    property: /unlink\(cur\) leaves no cur until symlink\(cur\) is durable/,
  },
  {
    of: 'the old file is removed before the link is durable',
    calls: [...[...made('new'), ...directorySynced(), ack()], ...[...linkTo('new'), unlink('old'), ack()]],
    outcome: 'violation',
    property: /rename\(t, cur\) needs fsync\(\.\) before unlink\(old\)/,
  },
  {
    of: 'a directory’s link, and a file below it',
    calls: [...[...linkTo('one'), ...directorySynced(), ack(), ...linkTo('two'), ack()]],
    asked: { atomic: ['cur/conf'] },
    outcome: 'pass',
  },
  {
    of: 'files: what it leads to at the ack',
    calls: [...made('new'), ...linkTo('new'), ...directorySynced(), ack()],
    asked: { files: ['cur'] },
    outcome: 'pass',
  },
  {
    of: 'files: the link is not durable',
    calls: [...made('new'), ...directorySynced(), ack(), ...linkTo('new'), ack('2')],
    asked: { files: ['cur'] },
    outcome: 'violation',
    property: /rename\(t, cur\) needs fsync\(\.\) before ack '2'/,
  },
  {
    of: 'files: the file that it leads to is not durable',
    calls: [...made('new', false), ...linkTo('new'), ...directorySynced(), ack()],
    asked: { files: ['cur'] },
    outcome: 'violation',
    property: /needs fsync\(new\) before ack 'done'/,
  },
  {
    of: 'files: of what it no longer leads to nothing is owed',
    calls: [
      ...[...made('new'), ...linkTo('new'), ...directorySynced(), ack()],
      ...[create('old'), write('old', 'x'), close(), ack()],
    ],
    asked: { files: ['cur'] },
    outcome: 'pass',
  },
  {
    of: 'a link to where it led before is no change that could be lost',
    calls: [...linkTo('old'), ack()],
    asked: { snapshot: true },
    outcome: 'pass',
  },
];

const files = { old: 'old', 'cur->old': null, one: null, 'one/conf': '1', two: null, 'two/conf': '2' };
for (const { of, calls, asked = { atomic: ['cur'] }, outcome, property } of cases) {
  t.test(of, async (t) => {
    const found = judged(calls, asked, files);
    t.equal(found.outcome, outcome, found.properties.join('; '));
    t.equal(found.broken, outcome === 'violation', 'recovered trees');
    if (property) t.match(found.properties.join('\n'), property);
  });
}

t.test(
  'a directory that takes another name takes along what is to be whole, and what is to stay gone',
  async (t) => {
    const moved = (asked: Asked, rest: string[] = []) =>
      judged([rename('one', 'three'), ...rest, ack()], asked, files);
    t.match(
      moved({ atomic: ['*/conf'] }),
      { outcome: 'pass', broken: false },
      'three/conf was not there before',
    );
    t.match(
      moved({ gone: ['one/conf'] }),
      { outcome: 'violation', broken: true },
      'it is back with its directory',
    );
    t.match(moved({ gone: ['one/conf'] }, directorySynced()), { outcome: 'pass', broken: false });
  },
);

t.test('a law that forgets where links lead is noticed', async (t) => {
  const calls = [...directorySynced(), ack(), ...linkTo('one/conf'), ack()];
  const forgetful = { ...law, owed: { ...law.owed, symlink: new Set(['name'] as const) } };
  t.equal(judged(calls, { snapshot: true }, files).broken, true);
  t.equal(judged(calls, { snapshot: true }, files, forgetful).broken, false);
});
