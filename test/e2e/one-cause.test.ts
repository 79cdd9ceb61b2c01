/** What a disk lost is told by its cause: once for all files, in the words of the system calls, and never as a missing call that was made. */
import t from 'tap';
import type { Finding } from '../../harness/verdict/finding.js';
import { requires } from '../require.js';
import { Bench, hostNeed, letAlone } from './plugpull.js';

const words = [
  'the',
  'quick',
  'brown',
  'fox',
  'jumps',
  'over',
  'lazy',
  'dogs',
  'all',
  'night',
  'long',
  'again',
];
const unsynced = `import os
for name in ${JSON.stringify(words)}:
    with open(name, "w") as f: f.write(name * 100)
print("saved", flush=True)
`;
/** Names are durable, contents are not: by one line, or by two. */
const written = (lines: string): string => `import os
def put(name):
    return open(name, "w")
${lines}
d = os.open(".", 0); os.fsync(d)
print("saved", flush=True)
`;
const byOneLine = written(`for name in ${JSON.stringify(words)}:
    f = put(name); f.write(name * 100); f.close()`);
const byTwoLines = written(`f = put("the"); f.write("one"); f.close()
f = put("quick"); f.write("two"); f.close()`);
/** Files are durable, their names are not: one line makes a name in each of so many directories, or moves one there. */
const inDirectories = (names: readonly string[], moved = false): string => `import os
names = ${JSON.stringify(names)}
for name in names:
    os.mkdir(name); os.mkdir("from-" + name); open("from-" + name + "/f", "w").close()
os.sync()
for name in names:
    ${moved ? 'os.rename("from-" + name + "/f", name + "/f")' : 'f = open(name + "/f", "w"); os.fsync(f.fileno()); f.close()'}
print("saved", flush=True)
`;
const renamed = `import os
with open("t", "w") as f: f.write("new"); f.flush(); os.fsync(f.fileno())
os.rename("t", "data.json")
print("saved", flush=True)
`;
const right = `import os
with open("f", "w") as f: f.write("new" * 100); f.flush(); os.fsync(f.fileno())
d = os.open(".", 0); os.fsync(d)
print("saved", flush=True)
`;

t.test('observed findings', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const run = async (program: string, more: string[]) => {
    const common = ['--no-calibrate', '--fs', 'ext4', '--ack-stdout', '^saved', '--promise', 'snapshot'];
    const { results } = await bench.run([...common, ...more, '--', 'python3', '-c', program]);
    const [first] = results.runs;
    return { run: first!, observed: first!.findings.filter(({ evidence }) => evidence === 'observed') };
  };
  /** In one state or another each of so many files is lost. */
  const loses =
    (files: number) =>
    ({ observed }: { observed: Finding[] }): boolean =>
      observed.some(({ paths }) => paths?.length === files);

  await t.test('twelve files of one mistake', async (t) => {
    const { run: result, observed } = await letAlone(() => run(unsynced, []), loses(words.length));
    t.equal(result.unlisted_findings, undefined);
    // Where the file system committed in between, contents are lost, too.
    const [names, ...moreOfNames] = observed.filter(({ property }) => /needs fsync\(\.\)/.test(property)) as [
      Finding,
      ...Finding[],
    ];
    t.same(moreOfNames, []);
    t.ok(observed.length <= 2);
    t.match(names.property, /needs fsync\(\.\) before ack/);
    t.same([...(names.paths ?? [])].sort(), [...words].sort());
    t.match(names.property, /11 more files likewise/);
    t.match(names.lost, [/ is missing$/, / is missing$/]);
    t.match(names.lost.at(-1), /^and 4 more like these$/);
    const cause = result.findings.find(({ evidence, fix }) => evidence === 'contract' && fix === names.fix);
    t.ok(cause, 'the fix is that of the contract finding');
  });

  await t.test('twelve contents that one line wrote are one finding, of either engine', async (t) => {
    const { run: result, observed } = await letAlone(() => run(byOneLine, []), loses(words.length));
    t.equal(result.unlisted_findings, undefined);
    const contract = result.findings.filter(({ evidence }) => evidence === 'contract');
    t.equal(contract.length, 1);
    t.equal(observed.length, 1);
    for (const { property, paths = [], lost, fix } of [...contract, ...observed]) {
      t.match(property, /^write\(the, 0, 300\) needs fsync\(the\) before ack .*; 11 more files likewise$/);
      t.equal(property.match(/likewise/g)!.length, 1);
      t.same([...paths].sort(), [...words].sort());
      t.match(
        lost.find((line) => /^and /.test(line)),
        /^and 4 more like these$/,
      );
      t.match(fix, /and before ack 'saved', and so for each of the 11 others$/);
    }
    const [protocol] = result.protocols ?? [];
    t.match(protocol?.repair?.additions, [/^fsync\(the\) and 11 more like it before ack 'saved'$/]);
  });

  await t.test('contents that two lines wrote are two findings', async (t) => {
    const { run: result, observed } = await letAlone(
      () => run(byTwoLines, []),
      ({ observed }) => observed.length === 2,
    );
    const contract = result.findings.filter(({ evidence }) => evidence === 'contract');
    for (const findings of [contract, observed]) {
      t.equal(findings.length, 2);
      t.same(findings.map(({ paths }) => paths).sort(), [['quick'], ['the']]);
      for (const { property } of findings) t.notMatch(property, /likewise/);
    }
  });

  await t.test(
    'names that one line made in twelve directories are one finding; in three, one each',
    async (t) => {
      const byCalls = ['--engine', 'contract'];
      const { run: many } = await run(inDirectories(words), byCalls);
      t.equal(many.findings.length, 1);
      const [{ property, paths = [], fix, patch }] = many.findings as [Finding];
      t.match(property, /^creat\(the\/f\) needs fsync\(the\) before ack .*; 11 more files likewise$/);
      t.same([...paths].sort(), words.map((name) => `${name}/f`).sort());
      t.match(fix, /call fsync\(the\) after .*, and so for each of the 11 others$/);
      t.equal(patch, undefined, 'a line that names one directory does not sync the others');
      t.same(many.protocols?.[0]?.repair, {
        additions: ["fsync(the) and 11 more like it before ack 'saved'"],
        verified: true,
      });
      const { run: few } = await run(inDirectories(words.slice(0, 3)), byCalls);
      t.same(few.findings.map(({ paths }) => paths).sort(), [['brown/f'], ['quick/f'], ['the/f']]);
      for (const { property } of few.findings) {
        t.notMatch(property, /likewise/);
      }
      const { run: moved } = await run(inDirectories(words, true), [
        ...byCalls,
        '--promise',
        'gone:from-*/f',
      ]);
      const synced = moved.findings.map(({ property }) => /needs fsync\((from-)?the\)/.exec(property)?.[0]);
      t.same(
        synced.sort(),
        ['needs fsync(from-the)', 'needs fsync(the)'],
        'where it is put, and where it is taken from',
      );
    },
  );

  await t.test('a rename without its directory: the calls that are there are not asked for', async (t) => {
    const { observed } = await run(renamed, ['--setup', 'printf old > data.json']);
    for (const { property, fix } of observed) {
      t.match(property, /needs fsync\(\.\) before ack/);
      t.notMatch(`${property} ${fix}`, /fsync\((data\.json|t)\)/);
    }
  });

  await t.test('a disk that lies: every call was made', async (t) => {
    const { run: result, observed } = await run(right, ['--disk', 'cache=lying']);
    t.equal(result.contract, 'pass');
    const lost = observed.filter(({ kind }) => kind === 'durability');
    t.ok(lost.length > 0);
    for (const { property, fix } of lost) {
      t.match(property, /^f .*, though the system calls made all of it durable before ack "saved"/);
      t.match(fix, /^the program asked for what it relies on: look at ext4/);
    }
  });
});
