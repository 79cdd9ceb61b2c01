/** Why a checker rejects crash states: what must be lost, and what must be there for the loss to matter. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkStates } from '../../harness/contract/checker/check-states.js';
import { StateAnswers } from '../../harness/contract/checker/state-answers.js';
import { noSourceLines } from '../../harness/contract/sources/source-lines.js';
import { Wording } from '../../harness/contract/words/wording.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import { explore } from '../../harness/scenario/schema/explore.js';
import type { ProtocolRepair } from '../../harness/verdict/protocol.js';
import {
  ack,
  close,
  create,
  directorySynced,
  pwrite,
  rename,
  replayWritten,
  sync,
  unlink,
  write,
} from './written-trace.js';

async function causes(
  calls: readonly string[],
  checker: string,
  files: Record<string, string | null> = {},
  budget: { directories?: number } = {},
): Promise<{
  properties: string[];
  fixes: (string | null)[];
  repair: ProtocolRepair | null;
  asked: number;
}> {
  const workDir = mkdtempSync(join(tmpdir(), 'plugpull-causes-'));
  const history = replayWritten(calls, files);
  const model = persistenceModel('posix');
  const answers = new StateAnswers({
    history,
    checker: { run: checker, persistent: false, timeout: 60_000 },
    env: process.env,
    workDir,
    lanes: 2,
  });
  try {
    const { breaches, repair } = await checkStates({
      history,
      model,
      explore: explore.parse({ budget }),
      answers,
      ignored: [],
    });
    const findings = new Wording(history, model, noSourceLines).findings(breaches);
    const properties = findings.map(({ property }) => property).sort();
    return { properties, fixes: findings.map(({ fix }) => fix).sort(), repair, asked: answers.asked };
  } finally {
    answers.close();
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** A program that writes a whole new file, then removes what it was made from. */
const deleteSource = (synced: string[]): string[] => [
  create('out'),
  write('out', 'one'),
  write('out', 'two'),
  ...synced,
  close(),
  unlink('f'),
  ack('saved'),
];
const sourceOrOutput = (words: string): string =>
  `[ -e f ] || [ "$(cat out 2>/dev/null)" = onetwo ] || { echo ${words}; exit 1; }`;
const files = { f: 'source' };

t.test('a source deleted too early: both syncs are wanted before the deletion', async (t) => {
  for (const words of ['both are gone', '"$$ both are gone at $(date +%N)"']) {
    const { properties, fixes, repair } = await causes(deleteSource([]), sourceOrOutput(words), files);
    t.strictSame(properties, [
      'creat(out) needs fsync(.) before unlink(f)',
      'write(out, 0, 3) needs fsync(out) before unlink(f)',
    ]);
    t.strictSame(fixes, [
      'call fsync(.) after creat(out) and before unlink(f)',
      // Behind the first write it would not cover the second.
      'call fsync(out) after write(out, 3, 3) and before unlink(f)',
    ]);
    t.match(repair, { verified: true });
    t.match(repair!.additions, [/^fsync\((?:out|\.)\), fsync\((?:out|\.)\) before unlink\(f\)$/]);
  }
  const { asked: _, ...right } = await causes(
    deleteSource([sync('out'), ...directorySynced()]),
    sourceOrOutput('gone'),
    files,
  );
  t.strictSame(right, { properties: [], fixes: [], repair: null });
});

t.test('the deletion may be durable: it is what the loss depends on all the same', async (t) => {
  const calls = [...deleteSource([]).slice(0, -1), ...directorySynced(), ack('saved')];
  const { properties } = await causes(calls, sourceOrOutput('gone'), files);
  t.ok(properties.includes('write(out, 0, 3) needs fsync(out) before unlink(f)'), properties.join('; '));
});

t.test('what only an ack makes wrong is wanted before that ack', async (t) => {
  const calls = [ack('first'), create('a'), sync('a'), ack('second'), ack('third')];
  const checker = '[ "$PLUGPULL_ACKS" -lt 2 ] || [ -e a ] || { echo a is gone; exit 1; }';
  const { properties } = await causes(calls, checker);
  t.strictSame(properties, ["creat(a) needs fsync(.) before ack 'second'"]);
});

t.test('two effects that must be missing together get the one sync that repairs', async (t) => {
  // Either copy is enough.
  const calls = [pwrite('a', 'new', 0), pwrite('b', 'new', 0, 5), ack('saved')];
  const opened = [create('a', 3, 'O_RDWR'), create('b', 5, 'O_RDWR')];
  const checker = '[ "$PLUGPULL_ACKS" -lt 1 ] || grep -q new a || grep -q new b || { echo lost; exit 1; }';
  const { properties, repair } = await causes([...opened, ...calls], checker, { a: 'old', b: 'old' });
  t.equal(properties.length, 1);
  t.match(repair, { verified: true });
  t.equal(repair!.additions.length, 1);
});

t.test('a rename across directories: the directory to sync is the one of the new name', async (t) => {
  const calls = [rename('d/a', 'e/a'), ack('moved')];
  const checker = '[ "$PLUGPULL_ACKS" -lt 1 ] || [ -e e/a ] || { echo not moved; exit 1; }';
  const { properties } = await causes(calls, checker, { d: null, 'd/a': 'x', e: null });
  t.strictSame(properties, ["rename(d/a, e/a) needs fsync(e) before ack 'moved'"]);
});

t.test('temporary names with letters and digits are one place', async (t) => {
  const names = ['f.tmp-ab12cd', 'f.tmp-zzkq', 'f.tmp-00fe9a'];
  const calls = names.flatMap((name, n) => [
    create(name),
    write(name, `${n}`),
    sync(name),
    close(),
    rename(name, 'f'),
    ack(`${n}`),
  ]);
  const checker =
    '[ "$PLUGPULL_ACKS" -lt 1 ] || [ "$(cat f)" -ge $((PLUGPULL_ACKS - 1)) ] 2>/dev/null || { echo old; exit 1; }';
  const { properties, repair } = await causes(calls, checker, { f: '-1' });
  t.equal(properties.length, 1, properties.join('; '));
  t.match(repair, { verified: true });
});

t.test('one write of a hundred is found in a few states', async (t) => {
  const names = Array.from({ length: 50 }, (_, n) => `f${n}`);
  const calls = names.flatMap((name) => [create(name), write(name, 'x'), close()]);
  const { properties, fixes, asked } = await causes(
    [...calls, ...directorySynced(), ack('all')],
    'for name in f*; do [ "$name" != f31 ] || [ -s f31 ] || { echo "f31 is empty"; exit 1; }; done',
    {},
    { directories: 40 },
  );
  t.strictSame(properties, [
    'a crash that keeps creat(f31) and loses write(f31, 0, 1) breaks the promise: f31 is empty',
  ]);
  t.match(fixes, [
    /^no sync call helps: write the new version of f31 under another name, fsync it, rename it to f31/,
  ]);
  t.ok(asked < 70, `${asked} states`);
});

/** As an editor does it that keeps the old version as a backup until the new one is written. */
const backedUp = (calls: readonly string[]): string[] => [
  rename('f', 'f~'),
  ...calls,
  unlink('f~'),
  ack('saved'),
];
const eitherVersion = (names: string): string =>
  `for name in ${names}; do case "$(cat $name 2>/dev/null)" in old|new) exit 0;; esac; done; echo neither; exit 1`;

t.test(
  'a name that is gone for a moment: no sync call is asked for, and what took it away is named',
  async (t) => {
    const calls = backedUp([create('f'), write('f', 'new'), sync('f'), ...directorySynced()]);
    const { properties, fixes, repair } = await causes(calls, eitherVersion('f'), { f: 'old' });
    // That of losing write(f, 0, 3) is the same cause: one change of the program mends both.
    t.strictSame(properties, [
      'a crash that keeps rename(f, f~) and loses creat(f) breaks the promise: neither',
    ]);
    for (const fix of fixes)
      t.match(fix, /^no sync call helps: write the new version of f under another name/);
    t.match(repair, { additions: [], verified: false });
    const right = [create('n'), write('n', 'new'), sync('n'), rename('n', 'f'), ack('saved')];
    t.strictSame((await causes(right, eitherVersion('f'), { f: 'old' })).properties, []);
  },
);

t.test(
  'the backup counts: each sync that is wanted is named, and with all of them all is well',
  async (t) => {
    const both = eitherVersion('f f~');
    const { properties, repair } = await causes(backedUp([create('f'), write('f', 'new')]), both, {
      f: 'old',
    });
    t.strictSame(properties, [
      'creat(f) needs fsync(.) before unlink(f~)',
      // Else the empty new file could be there, and the old one under neither name, long before the removal.
      'rename(f, f~) needs fsync(.) before creat(f)',
      'write(f, 0, 3) needs fsync(f) before unlink(f~)',
    ]);
    t.match(repair, { verified: true });
    t.match(repair!.additions, [/^fsync.*, fsync.* before unlink\(f~\)$/, /^fsync\(\.\) before creat\(f\)$/]);
    const inTheEnd = [create('f'), write('f', 'new'), sync('f'), ...directorySynced()];
    const half = await causes(backedUp(inTheEnd), both, { f: 'old' });
    t.strictSame(half.properties, ['rename(f, f~) needs fsync(.) before creat(f)']);
    const whole = await causes(backedUp([...directorySynced(), ...inTheEnd]), both, { f: 'old' });
    t.strictSame(whole.properties, []);
  },
);

t.test('two changes that belong together, and only one is there', async (t) => {
  const calls = [
    create('a'),
    write('a', '1'),
    sync('a'),
    create('b'),
    write('b', '1'),
    sync('b'),
    ...directorySynced(),
  ];
  const moved = [rename('a', 'x'), ...directorySynced(), rename('b', 'y'), ...directorySynced(), ack('both')];
  const { properties, fixes } = await causes(
    [...calls, ...moved],
    'if [ -e x ] && [ ! -e y ]; then echo one of two; exit 1; fi',
  );
  t.strictSame(properties, [
    'no system call is missing: even with every call before the crash kept, one of two: so it is from rename(a, x) on',
  ]);
  t.match(fixes, [/^no sync call helps, since the power can fail right behind rename\(a, x\): /]);
  const together = [rename('a', 'x'), rename('b', 'y'), ...directorySynced(), ack('both')];
  const { properties: lost, fixes: words } = await causes(
    [...calls, ...together],
    'if [ -e x ] && [ ! -e y ]; then echo one of two; exit 1; fi',
  );
  t.strictSame(lost, [
    'a crash that keeps rename(a, x) and loses rename(b, y) breaks the promise: one of two',
  ]);
  t.match(words, [
    /^no sync call helps, since the power can fail between rename\(a, x\) and rename\(b, y\): /,
  ]);
});
