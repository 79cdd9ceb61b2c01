/** Promises asked of small programs, as the calls they make: each with what keeps it. */
import t from 'tap';
import { enumeratedBreaches } from '../../bench/differential/enumeration.js';
import { judgeDurability } from '../../harness/contract/breach/durability.js';
import { heldAcks } from '../../harness/contract/doubts/held-acks.js';
import { outsideWrites } from '../../harness/contract/doubts/outside-writes.js';
import { durability } from '../../harness/model/durability.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import { type Law, law, type Part } from '../../harness/promise/law.js';
import { unjudgeable } from '../../harness/promise/unjudgeable.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  pwrite,
  rename,
  replayWritten,
  sync,
  unlink,
  write,
  writtenLog,
} from '../contract/written-trace.js';

const replacing = (n: number): string[] => [
  create('t', 3, 'O_WRONLY|O_CREAT|O_TRUNC'),
  write('t', `${n}`.repeat(n + 1)),
  sync('t'),
  close(),
  rename('t', 'f'),
  ack(`${n}`),
];

t.test('fsync and rename: whole at every instant, but not durable', async (t) => {
  const calls = [1, 2, 3].flatMap(replacing);
  const files = { f: '0' };
  t.equal(judgeWritten(calls, { files, promises: { atomic: ['f'] } }).outcome, 'pass');
  const { outcome, findings } = judgeWritten(calls, { files, promises: { snapshot: true } });
  t.equal(outcome, 'violation');
  t.match(findings[0]?.property, /needs fsync\(\.\) before ack '1'/);
});

t.test('acked, then rewritten in place: owed all the same', async (t) => {
  const calls = [create('f', 3, 'O_WRONLY'), pwrite('f', '1111', 0), ack('1'), pwrite('f', '2222', 0)];
  const files = { f: '0000' };
  const seen = enumeratedBreaches(
    replayWritten(calls, files),
    persistenceModel('posix'),
    promise.parse({ snapshot: true }),
  );
  t.match(seen, [{ rule: 'kept', outcome: 'violation', path: 'f', manner: 'in place' }]);
  const kept = [...calls.slice(0, 2), sync('f'), ...calls.slice(2)];
  t.same(
    enumeratedBreaches(
      replayWritten(kept, files),
      persistenceModel('posix'),
      promise.parse({ snapshot: true }),
    ),
    [],
  );
});

t.test('gone: a removal has to be durable before it is acked', async (t) => {
  const files = { lock: 'x' };
  const promises = { gone: ['*.pid', 'lock'] };
  const { outcome, findings } = judgeWritten([unlink('lock'), ack()], { files, promises });
  t.equal(outcome, 'violation');
  t.match(findings[0]?.property, /unlink\(lock\) needs fsync\(\.\) before ack 'done'/);
  t.equal(judgeWritten([unlink('lock'), ...directorySynced(), ack()], { files, promises }).outcome, 'pass');
  const ignored = { ...promises, ignore: ['lock'] };
  t.equal(judgeWritten([unlink('lock'), ack()], { files, promises: ignored }).outcome, 'pass');
});

const without = (part: Part, kind: keyof Law['owed'] = 'file'): Law => ({
  ...law,
  owed: { ...law.owed, [kind]: new Set([...law.owed[kind]].filter((each) => each !== part)) },
});

t.test('a part of the law that is forgotten is missed by both engines', async (t) => {
  const mutants: { forgotten: Law; calls: string[]; promises: Parameters<typeof promise.parse>[0] }[] = [
    { forgotten: without('name'), calls: [create('n'), sync('n'), ack()], promises: { snapshot: true } },
    {
      forgotten: without('content'),
      calls: [create('f', 3, 'O_WRONLY'), pwrite('f', '1', 0), ack()],
      promises: { snapshot: true },
    },
    {
      forgotten: { ...law, movesKept: false },
      calls: ['link("f", "g") = 0', unlink('f')],
      promises: { snapshot: true },
    },
    { forgotten: { ...law, removalsKept: false }, calls: [unlink('f'), ack()], promises: { gone: ['f'] } },
    {
      forgotten: { ...law, versionsWhole: false },
      calls: [create('t'), write('t', 'new'), rename('t', 'f')],
      promises: { atomic: ['f'] },
    },
    {
      forgotten: { ...law, arrivalsWhole: false },
      calls: [create('t'), write('t', 'new'), rename('t', 'f')],
      promises: { snapshot: true },
    },
  ];
  for (const { forgotten, calls, promises } of mutants) {
    const history = replayWritten(calls, { f: 'old' });
    const ask = (by?: Law) =>
      enumeratedBreaches(history, persistenceModel('posix'), promise.parse(promises), by);
    t.ok(ask()!.length > 0, `${calls.at(-2)}`);
    t.same(ask(forgotten), [], 'forgotten');
  }
});

t.test('a part of anything forgotten in the law: the calls are accused of nothing', async (t) => {
  const changes: [keyof Law['owed'], Part, string][] = [
    ['file', 'owner', 'chown("f", 1, 1) = 0'],
    ['file', 'xattrs', 'setxattr("f", "user.k", "v", 1, 0) = 0'],
    ['file', 'mode', 'chmod("f", 0600) = 0'],
    ['directory', 'name', 'mkdir("new", 0777) = 0'],
    ['directory', 'owner', 'chown("d", 1, 1) = 0'],
    ['directory', 'xattrs', 'setxattr("d", "user.k", "v", 1, 0) = 0'],
    ['directory', 'mode', 'chmod("d", 0700) = 0'],
    ['symlink', 'name', 'symlink("f", "new") = 0'],
    ['other', 'name', 'mknodat(AT_FDCWD</w>, "new", S_IFIFO|0666) = 0'],
  ];
  for (const [kind, part, call] of changes) {
    const history = replayWritten([call, ack()], { f: 'old', d: null });
    const model = persistenceModel('posix');
    const judge = (by: Law) =>
      judgeDurability({
        history,
        durable: durability(history, model),
        model,
        promises: promise.parse({ snapshot: true }),
        law: by,
      }).breaches;
    t.equal(judge(law).length, 1, `${kind}: ${part}`);
    t.same(judge(without(part, kind)), [], `${kind}: ${part} forgotten`);
  }
});

t.test('nothing promised, or nothing seen', async (t) => {
  const asked = { ack: { stdout: '^saaved' }, checker: undefined };
  const run = { names: () => ['notes.txt'], acks: 1, diskFailed: false };
  t.same(unjudgeable(asked, promise.parse({ files: ['notes.*'] }), run), []);
  t.match(unjudgeable(asked, promise.parse({ files: ['nots.txt'] }), run), [/no file named nots\.txt/]);
  t.match(unjudgeable(asked, promise.parse({ snapshot: true }), { ...run, acks: 0 }), [/no line .* matched/]);
  const failed = { ...run, acks: 0, diskFailed: true };
  t.same(
    unjudgeable(asked, promise.parse({ snapshot: true }), failed),
    [],
    'told of an error, it gave no ack',
  );
});

t.test('written elsewhere, and printed too late', async (t) => {
  const outside = 'write(3</var/lib/other/data>, "x", 1) = 1';
  const where = { rootPath: '/w', acksAt: [1e9], ignore: [] };
  t.same(outsideWrites(writtenLog([outside, ack()]).calls, where), ['/var/lib/other/data']);
  t.same(outsideWrites(writtenLog([create('a'), write('a', 'x'), ack()]).calls, where), []);
  const complaint = 'write(2</home/me/plugpull-results/1/save/trace/workload.err>, "x", 1) = 1';
  t.same(outsideWrites(writtenLog([complaint, ack()]).calls, where), [], 'what it says is in our own folder');
  const cache = 'write(3</tmp/tsx-0/1f>, "x", 1) = 1';
  t.same(outsideWrites(writtenLog([create('a'), write('a', 'x'), cache, ack()]).calls, where), [], 'a cache');
  t.same(
    outsideWrites(writtenLog([cache, ack()]).calls, where),
    ['/tmp/tsx-0/1f'],
    'all that the program did, so it is what was acked',
  );
  t.same(outsideWrites(writtenLog([outside]).calls, { ...where, ignore: ['/var/lib/**'] }), []);
  t.same(
    outsideWrites(writtenLog([outside]).calls, { ...where, ignore: ['dat?'] }),
    [],
    'ignored by its name',
  );
  const report = (text: string) =>
    `write(1</tmp/out>, "${text}\\n", ${text.length + 1}) = ${text.length + 1}`;
  const calls = [create('a'), report('hello'), outside, report('ack 1')];
  const acksAt = replayWritten(calls).acks.map(({ at }) => at);
  t.same(
    outsideWrites(writtenLog(calls).calls, { ...where, acksAt }),
    ['/var/lib/other/data'],
    'the acks themselves are written to where they are read',
  );
  const both = 'write(1<pipe:[1]>, "ack a\\nack b\\n", 12) = 12';
  t.match(heldAcks(replayWritten([create('a'), both])), /2 acks came in one write/);
  t.equal(heldAcks(replayWritten([create('a'), ack('a'), create('b'), ack('b')])), null);
});

t.test('changed elsewhere, in any way', async (t) => {
  const where = { rootPath: '/w', acksAt: [1e9], ignore: [] };
  const seen = (...calls: string[]): string[] => outsideWrites(writtenLog(calls).calls, where);
  const out = 'write(3</var/lib/o/t>, "x", 1) = 1';
  t.same(seen(out, 'rename("/var/lib/o/t", "/var/lib/o/f") = 0'), ['/var/lib/o/f'], 'replaced');
  t.same(seen('chdir("/var/lib/o") = 0', out, 'rename("t", "f") = 0'), ['/var/lib/o/f'], 'from there');
  t.same(
    seen('openat(AT_FDCWD</w>, "l/t", O_WRONLY|O_CREAT, 0644) = 3</var/lib/o/t>', out, rename('l/t', 'l/f')),
    ['/var/lib/o/f'],
    'through a link',
  );
  t.same(seen(out, create('t', 4), unlink('t')), ['/var/lib/o/t'], 'another of that name is gone');
  t.same(seen(out, 'unlink("/var/lib/o/t") = 0'), [], 'it is gone');
  t.same(seen(create('a'), rename('a', '../var/lib/a')), ['/var/lib/a'], 'moved out');
  t.same(seen('link("a", "/var/lib/a") = 0'), ['/var/lib/a'], 'linked');
  t.same(seen('symlink("a", "/var/lib/a") = 0'), ['/var/lib/a'], 'a link to it');
  t.same(seen('sendfile(4</var/lib/a>, 3</w/a>, [0] => [9], 9) = 9'), ['/var/lib/a'], 'sendfile');
  t.same(
    seen('copy_file_range(3</w/a>, NULL, 4</var/lib/a>, NULL, 9, 0) = 9'),
    ['/var/lib/a'],
    'copy_file_range',
  );
  t.same(seen('ftruncate(4</var/lib/a>, 100) = 0'), ['/var/lib/a'], 'ftruncate');
  t.same(seen('truncate("/var/lib/a", 100) = 0'), ['/var/lib/a'], 'truncate');
  t.same(seen('fallocate(4</var/lib/a>, 0, 0, 100) = 0'), ['/var/lib/a'], 'fallocate');
  const map = (protection: string): string =>
    `mmap(NULL, 4096, ${protection}, MAP_SHARED, 4</var/lib/a>, 0) = 0x7f0000000000`;
  t.same(seen(map('PROT_READ|PROT_WRITE')), ['/var/lib/a'], 'mapped to be written');
  t.same(seen(map('PROT_READ')), [], 'mapped to be read');
  t.same(
    seen('rename("/var/lib/o/t", "/var/lib/o/f") = -1 ENOENT (No such file or directory)'),
    [],
    'failed',
  );
});
