/** Each mistake is noticed by a test that promises what it breaks, and by no other; what nobody misses has its proof. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { noSourceLines } from '../../harness/contract/sources/source-lines.js';
import { scoreOf } from '../../harness/mutants/mutants-result.js';
import { syncPlaces } from '../../harness/mutants/sync-places.js';
import {
  ack,
  close,
  create,
  directorySynced,
  rename,
  replayWritten,
  sync,
  write,
} from '../contract/written-trace.js';
import { inShort, mutantsOfWritten } from './written-mutants.js';

const created = [create('a'), write('a', 'hello'), sync('a'), close(), ...directorySynced()];
const replaced = [
  create('f.tmp'),
  write('f.tmp', 'new'),
  sync('f.tmp'),
  close(),
  rename('f.tmp', 'f'),
  ...directorySynced(),
];
const nothing = { promise: { snapshot: false } };

t.test('every needed sync call of a right program is killed, however it is misplaced', async (t) => {
  const { mutants, notes } = await mutantsOfWritten([...created, ack()]);
  t.strictSame(inShort(mutants), [
    'killed: fsync(a) is not made',
    'killed: fsync(a) comes behind the ack',
    'killed: fsync(a) syncs the directory instead of the file',
    'killed: fsync(.) is not made',
    'killed: fsync(.) comes behind the ack',
    'killed: fsync(.) syncs the file instead of the directory',
  ]);
  t.equal(mutants[0]!.reason, "write(a, 0, 5) needs fsync(a) before ack 'done'");
  t.strictSame(notes, []);
  t.equal(scoreOf(mutants).percent, 100);
});

t.test('a test that checks nothing lets all of them live, and that is said', async (t) => {
  const { mutants, notes } = await mutantsOfWritten([...created, ack()], { test: nothing });
  t.ok(mutants.length > 0 && mutants.every(({ why }) => why === 'too_weak'));
  t.equal(
    mutants[0]!.reason,
    "the test accepts: after ack 'done', lost: up to 5 bytes of a (it may be empty, read as zeros, or hold only a part)",
  );
  t.equal(mutants[3]!.reason, "the test accepts: after ack 'done', lost: the name a (it may be missing)");
  t.match(notes, [/the test checks nothing/]);
  t.equal(scoreOf(mutants).percent, 0);
});

t.test('without an ack all that the program left stands for what it should keep', async (t) => {
  const { mutants, notes } = await mutantsOfWritten(created, { test: nothing });
  t.equal(
    mutants[0]!.reason,
    "the test accepts: after ack 'the end of the run', lost: up to 5 bytes of a (it may be empty, read as zeros, or hold only a part)",
  );
  t.match(notes, [/gave no ack/, /checks nothing/]);
});

t.test('a rename that overtakes its fsync is seen by who promises whole files', async (t) => {
  const files = { f: 'old' };
  const late = 'fsync(f.tmp) comes behind the rename';
  const whole = { promise: { snapshot: true, atomic: ['f'] } };
  const found = await mutantsOfWritten([...replaced, ack()], { files, test: whole });
  t.ok(inShort(found.mutants).includes(`killed: ${late}`));
  const other = { promise: { files: ['other'] } };
  const unseen = await mutantsOfWritten([...replaced, ack()], { files, test: other });
  const mutant = unseen.mutants.find(({ change }) => change === late)!;
  t.equal(mutant.why, 'too_weak');
  t.match(mutant.reason, /f holds no whole version/);
});

t.test('a superfluous call survives with the proof that no test can miss it', async (t) => {
  const twice = [create('a'), write('a', 'hello'), sync('a'), sync('a', 'fdatasync'), close()];
  const { mutants } = await mutantsOfWritten([...twice, ...directorySynced(), ack()], { test: nothing });
  const [first, second] = mutants.filter(({ kind }) => kind === 'sync_removed');
  t.match(first, {
    call: 'fsync(a)',
    why: 'superfluous',
    reason:
      'by the posix model without it write(a, 0, 5) is durable with fdatasync(a), and no ack and no change lies between',
  });
  t.match(second, {
    call: 'fdatasync(a)',
    why: 'superfluous',
    reason: /nothing is durable later without it/,
  });
});

t.test('an fsync before a rename is needed, also where another one follows it', async (t) => {
  // The later call makes the data durable before the ack; only the first keeps the file whole.
  const calls = [
    create('f.tmp'),
    write('f.tmp', 'new'),
    sync('f.tmp'),
    rename('f.tmp', 'f'),
    sync('f', 'fdatasync'),
    close(),
    ...directorySynced(),
    ack(),
  ];
  const { mutants } = await mutantsOfWritten(calls, {
    files: { f: 'old' },
    test: { promise: { files: ['other'] } },
  });
  const removed = mutants.filter(({ kind }) => kind === 'sync_removed');
  t.strictSame(inShort(removed).slice(0, 2), [
    'too_weak: fsync(f.tmp) is not made',
    'superfluous: fdatasync(f) is not made',
  ]);
});

t.test('turns of a loop are one place', async (t) => {
  const turn = (n: number): string[] => [create(`f${n}`), write(`f${n}`, 'x'), sync(`f${n}`), close()];
  const calls = [...turn(1), ...turn(2), ...turn(3), ...directorySynced(), ack()];
  const places = syncPlaces(replayWritten(calls), noSourceLines);
  t.strictSame(
    places.map(({ call, steps }) => `${call} ${steps.length}`),
    ['fsync(f1) 3', 'fsync(.) 1'],
  );
  const { mutants } = await mutantsOfWritten(calls);
  t.equal(mutants[0]!.times, 3);
});

t.test('a helper line that syncs a file and its directory is a place for each', async (t) => {
  const history = replayWritten([...created, ack()]);
  const places = syncPlaces(history, { of: () => 'save.py:7' });
  t.strictSame(
    places.map(({ call, at }) => `${call} ${at}`),
    ['fsync(a) save.py:7', 'fsync(.) save.py:7'],
  );
});

t.test('a checker is asked, and what it accepts is shown', async (t) => {
  const workDir = mkdtempSync(join(tmpdir(), 'plugpull-mutants-'));
  t.teardown(() => rmSync(workDir, { recursive: true, force: true }));
  const checker = (name: string, text: string): { checker: { run: string } } => {
    const file = join(workDir, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return { checker: { run: file } };
  };
  const calls = [...created, ack()];
  const asked = 'test "$PLUGPULL_ACKS" = 0 || test "$(cat a)" = hello || { echo lost; exit 1; }';
  const strict = checker('strict', asked);
  const strictly = await mutantsOfWritten(calls, { workDir, test: strict });
  t.strictSame(
    inShort(strictly.mutants).filter((line) => /not made/.test(line)),
    ['killed: fsync(a) is not made', 'killed: fsync(.) is not made'],
  );
  t.match(strictly.mutants[0]!.reason, /^the checker: lost/);
  const lax = await mutantsOfWritten(calls, { workDir, test: checker('lax', 'exit 0') });
  t.ok(lax.mutants.every(({ why }) => why === 'too_weak'));
  t.match(lax.notes, [/noticed none of them/]);
  const lost = await mutantsOfWritten(calls, { workDir, test: checker('broken', 'exit 7') });
  t.ok(lost.mutants.every(({ result }) => result === 'unknown'));
});

t.test(
  'bytes that nobody knows, in a file that the test leaves out, keep nothing from being told',
  async (t) => {
    const workDir = mkdtempSync(join(tmpdir(), 'plugpull-mutants-'));
    t.teardown(() => rmSync(workDir, { recursive: true, force: true }));
    const run = join(workDir, 'checker');
    writeFileSync(
      run,
      '#!/bin/sh\ntest "$PLUGPULL_ACKS" = 0 || grep -sq hello a || { echo lost; exit 1; }\n',
    );
    chmodSync(run, 0o755);
    const map = 'mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3</w/a-shm>, 0) = 0x7f0000000000';
    const unmap = 'munmap(0x7f0000000000, 4096) = 0';
    const calls = [create('a-shm', 3, 'O_RDWR'), map, close(), ...created, ack(), unmap];
    const files = { 'a-shm': 'x'.repeat(4096) };
    const asked = { checker: { run }, ...nothing };
    const knowing = await mutantsOfWritten(calls, { workDir, files, test: asked });
    t.ok(
      knowing.mutants.some(({ result, reason }) => result === 'unknown' && /mmap/.test(reason)),
      'without leaving it out nobody can tell',
    );
    const test = { ...asked, promise: { ...nothing.promise, ignore: ['*-shm'] } };
    const ignoring = await mutantsOfWritten(calls, { workDir, files, test });
    t.strictSame(
      inShort(ignoring.mutants).filter((line) => /not made/.test(line)),
      ['killed: fsync(a) is not made', 'killed: fsync(.) is not made'],
    );
    t.strictSame(
      ignoring.mutants.filter(({ result }) => result === 'unknown'),
      [],
    );
  },
);
