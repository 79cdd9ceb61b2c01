/** What is owed after an ack, from what two snapshots and the counts between them say. */
import t from 'tap';
import { claimsAfter } from '../../harness/promise/claims.js';
import { KeptClaim } from '../../harness/promise/kept.js';
import { promisesOf } from '../../harness/promise/promises.js';
import { WatchedCourse } from '../../harness/promise/watched-course.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import type { PathTouches, TreeEntry } from '../../harness/trace/events.js';
import { FileBytes } from '../../harness/trace/file-bytes.js';
import type { Snapshot } from '../../harness/trace/observations.js';

const contents = new Map<TreeEntry, FileBytes>();

function file(path: string, content: string, ino: number, mode = 0o644): TreeEntry {
  const entry: TreeEntry = { path, type: 'file', ino, mode, size: content.length, ctime_ns: '0' };
  contents.set(entry, FileBytes.of(Buffer.from(content)));
  return entry;
}
const folder = (path: string, ino: number, ctime_ns = '0'): TreeEntry => ({
  path,
  type: 'directory',
  ino,
  mode: 0o755,
  size: 4096,
  ctime_ns,
});

type Touches = Record<string, PathTouches> | null;
const touch = (modified: number, versions: number, removed: number): PathTouches => ({
  modified,
  versions,
  removed,
});

const snapshot = (acks: number, entries: TreeEntry[], touched: Touches = {}, final = false): Snapshot => ({
  acks,
  final,
  tree: new Map(entries.map((entry) => [entry.path, entry])),
  touched,
});
const trace = (...snapshots: Snapshot[]) => ({
  snapshots,
  content: (entry: TreeEntry) => contents.get(entry)!,
});
const everything = promise.parse({ snapshot: true });

const claims = (story: ReturnType<typeof trace>, acks: number, promised = everything) =>
  claimsAfter(new WatchedCourse(story), acks, promised);

/** What is owed of each path, in a word. */
function told(owed: ReturnType<typeof claims>): string[] {
  return owed.flatMap((claim) => {
    if (!(claim instanceof KeptClaim)) return [`always ${claim.path}`];
    const { since, path, entry } = claim;
    if (since === 'anything') return [];
    if (since === 'nothing') return [`unchanged ${path}`];
    const { appearances, removed, movedTo, doubt } = since;
    const doubtful = doubt.content === null ? '' : ' doubtful';
    if (movedTo.length > 0)
      return [`moved ${path} ${movedTo.join()}${doubt.name === null ? '' : ' doubtful'}`];
    if (appearances.length > 1) return [`replaced ${path}${doubtful}${removed ? ' removed' : ''}`];
    const { bytes } = appearances[0];
    if (!bytes) return [`exists ${path}${doubt.name === null ? '' : ' doubtful'}`];
    return [
      `${bytes.sizes.to > 1e9 && bytes.sizes.from === entry.size ? 'extended' : 'rewritten'} ${path}${doubtful}`,
    ];
  });
}

/** What is owed of one file between two acks. */
function owed(before: TreeEntry, after: TreeEntry[], touched: Touches): string {
  return told(claims(trace(snapshot(1, [before]), snapshot(2, after, touched)), 1)).join();
}

t.test('one file, what may have happened to it', async (t) => {
  const f = file('f', 'hello', 1);
  t.equal(owed(f, [f], {}), 'unchanged f');
  t.equal(owed(f, [f], null), 'unchanged f', 'the same entry: whatever else happened, not to this file');
  t.equal(owed(f, [file('f', 'hello', 1)], {}), 'unchanged f', 'only its times changed');
  t.equal(owed(f, [file('f', 'hello world', 1)], { f: touch(1, 1, 0) }), 'extended f');
  t.equal(
    owed(f, [file('f', 'hello', 1)], { f: touch(2, 0, 0) }),
    'extended f',
    'the same again, but touched in between',
  );
  t.equal(
    owed(f, [file('f', 'HELLO', 1)], { f: touch(1, 1, 0) }),
    'rewritten f doubtful',
    'overwritten in place',
  );
  t.equal(owed(f, [file('f', 'hell', 1)], { f: touch(1, 0, 0) }), 'rewritten f doubtful', 'truncated');
  t.equal(owed(f, [file('f', 'hello', 1, 0o600)], {}), 'extended f', 'another mode');
  t.equal(owed(f, [file('f', 'two', 2)], { f: touch(0, 1, 0) }), 'replaced f', 'renamed over');
  t.equal(owed(f, [file('f', 'two', 2)], { f: touch(0, 3, 0) }), 'replaced f doubtful');
  t.equal(owed(f, [file('f', 'two', 2)], null), 'replaced f doubtful removed');
  t.equal(
    owed(f, [file('f', 'two', 2)], { f: touch(0, 1, 1) }),
    'replaced f removed',
    'moved away, then another moved there',
  );
  t.equal(owed(f, [folder('f', 2)], { f: touch(0, 0, 1) }), 'replaced f removed');
  t.equal(owed(f, [], { f: touch(0, 0, 1) }), '', 'removed');
  t.equal(owed(f, [file('g', 'hello', 1)], { f: touch(0, 0, 1), g: touch(0, 1, 0) }), 'moved f g');
  t.equal(
    owed(f, [file('g', 'hello you', 1)], { f: touch(0, 0, 1), g: touch(1, 2, 0) }),
    '',
    'moved and then changed',
  );
  t.equal(owed(f, [file('g', 'hello', 2)], {}), '', 'another file with the same content is not this one');
});

t.test('what the workload did itself is not held against it', async (t) => {
  const f = file('f', 'hello', 1);
  t.equal(
    owed(f, [file('f', 'hello', 1)], { f: touch(0, 1, 1) }),
    'replaced f removed',
    'moved away and back: it may have been gone',
  );
  t.equal(
    owed(f, [file('f', 'hello world', 1)], { f: touch(1, 1, 1) }),
    '',
    'removed and written anew, and the new file got the old one’s inode number',
  );
  t.equal(owed(f, [file('f', 'two', 2)], { f: touch(1, 1, 1) }), '', 'removed and written anew');
});

t.test('changes that inotify does not report are changes', async (t) => {
  const f = file('f', 'hello', 1);
  t.equal(owed(f, [file('f', 'hullo', 1)], {}), 'rewritten f doubtful', 'stored through mmap');
  t.equal(owed(f, [file('f', 'hello world', 1)], {}), 'extended f', 'appended through another name');
});

t.test('folders and links', async (t) => {
  const d = folder('d', 5);
  t.equal(owed(d, [d], {}), 'unchanged d');
  t.equal(owed(d, [folder('d', 5, '9')], {}), 'exists d', 'something in it changed');
  t.equal(owed(d, [folder('d', 6)], { d: touch(0, 1, 0) }), 'replaced d');
  t.equal(owed(d, [], {}), '');
  const l: TreeEntry = {
    path: 'l',
    type: 'symlink',
    ino: 7,
    mode: 0o777,
    size: 1,
    ctime_ns: '0',
    target: 'x',
  };
  t.equal(owed(l, [{ ...l, ctime_ns: '1' }], {}), 'exists l', 'a link cannot be written to');
  t.equal(owed(l, [{ ...l, ino: 8, target: 'y' }], { l: touch(0, 1, 0) }), 'replaced l');
});

t.test('the snapshot of the last ack before the cut counts', async (t) => {
  const one = file('f', 'one', 1);
  const two = file('f', 'one two', 1);
  const g = file('g', 'g', 2);
  const story = trace(
    snapshot(0, [one]),
    snapshot(1, [two], { f: touch(1, 1, 0) }),
    snapshot(2, [two, g], { g: touch(1, 1, 0) }),
    snapshot(2, [g], { f: touch(0, 0, 1) }, true),
  );
  t.same(told(claims(story, 0)), ['extended f']);
  t.same(told(claims(story, 1)), ['unchanged f']);
  t.same(told(claims(story, 2)), ['unchanged g'], 'against the end, not the ack itself');
  t.same(told(claims(story, 3)), [], 'nobody knows what that ack saw');
  t.same(told(claims(trace(), 0)), [], 'a trace without snapshots');
  t.same(told(claims(trace(snapshot(0, [one])), 0)), ['unchanged f'], 'nothing after it');
});

t.test('which paths are promised', async (t) => {
  const entries = [
    file('a.txt', 'a', 1),
    file('sub/b.txt', 'b', 2),
    file('sub/c.log', 'c', 3),
    file('.hidden', 'h', 4),
  ];
  const story = trace(snapshot(0, entries), snapshot(1, entries));
  const of = (input: Parameters<typeof promise.parse>[0]): string[] =>
    told(claims(story, 0, promise.parse(input))).map((text) => text.replace('unchanged ', ''));
  t.same(of({ snapshot: true }), ['a.txt', 'sub/b.txt', 'sub/c.log', '.hidden']);
  t.same(of({}), []);
  t.same(of({ files: ['a.txt'] }), ['a.txt']);
  t.same(of({ files: ['**/*.txt'] }), ['a.txt', 'sub/b.txt']);
  t.same(of({ files: ['*'] }), ['a.txt', '.hidden'], 'one level, dot files too');
  t.same(of({ files: ['no-such'] }), []);
  t.same(of({ snapshot: true, atomic: ['a.txt'] }), [
    'a.txt',
    'sub/b.txt',
    'sub/c.log',
    '.hidden',
    'always a.txt',
  ]);
  t.same(of({ files: ['**/*.txt'], ignore: ['sub'] }), ['a.txt'], 'what is ignored counts for nothing');
  t.same(of({ files: ['./a.txt'] }), ['a.txt']);
  t.same(of({ atomic: ['**/*.log'] }), ['always sub/c.log'], 'a glob here, too');
});

t.test('the versions of a name: all that any snapshot shows', async (t) => {
  const f = file('f', 'one', 1);
  const two = file('f', 'two!', 2);
  const of = (...snapshots: Snapshot[]): string => {
    const { bySize, absent, doubt, manner } = new WatchedCourse(trace(...snapshots)).versions('f');
    const texts = [...bySize.values()].flat().map((version) => version.content().toString());
    return [
      ...texts,
      ...(absent ? ['absent'] : []),
      ...(doubt ? ['doubtful'] : []),
      ...(manner ? [manner] : []),
    ].join();
  };
  const renamed = { f: touch(0, 1, 0) };
  t.equal(of(snapshot(0, [f]), snapshot(1, [two], renamed)), 'one,two!,by name');
  t.equal(of(snapshot(0, [f]), snapshot(1, [file('f', 'uno', 1)], renamed)), 'one,uno,in place');
  t.equal(of(snapshot(0, []), snapshot(1, [f], { f: touch(1, 1, 0) })), 'one,absent');
  t.equal(of(snapshot(0, [f]), snapshot(1, [], { f: touch(0, 0, 1) })), 'one,absent');
  t.equal(of(snapshot(0, []), snapshot(1, [], {})), 'absent');
  t.equal(of(snapshot(0, [f]), snapshot(1, [two], { f: touch(0, 2, 0) })), 'one,two!,doubtful,by name');
  t.equal(
    of(snapshot(0, [f]), snapshot(1, [], { f: touch(0, 1, 1) })),
    'one,absent,doubtful',
    'one came and went',
  );
  t.equal(of(snapshot(0, [f]), snapshot(1, [f], null)), 'one,doubtful');
  const written = [snapshot(0, [f]), snapshot(1, [two], { f: touch(1, 0, 0) })];
  t.equal(
    of(...written, snapshot(1, [two], { f: touch(0, 1, 0) }, true)),
    'one,two!,by name',
    'closed after its last ack',
  );
  t.equal(of(...written, snapshot(1, [two], { f: touch(1, 1, 0) }, true)), 'one,two!,doubtful,by name');
});

t.test('a name that was gone at an ack', async (t) => {
  const lock = file('lock', '', 5);
  const course = (...snapshots: Snapshot[]) => new WatchedCourse(trace(...snapshots));
  const story = course(
    snapshot(0, [lock]),
    snapshot(1, [], { lock: touch(0, 0, 1) }),
    snapshot(1, [], {}, true),
  );
  t.same([...story.absentAt(0)], []);
  t.same([...story.absentAt(1)], ['lock']);
  t.equal(story.isMadeAgain(1, 'lock'), false);
  const again = course(snapshot(0, [lock]), snapshot(1, []), snapshot(2, [lock], { lock: touch(0, 1, 0) }));
  t.equal(again.isMadeAgain(1, 'lock'), true);
  const perhaps = course(snapshot(0, [lock]), snapshot(1, []), snapshot(2, [], { lock: touch(0, 1, 1) }));
  t.equal(perhaps.isMadeAgain(1, 'lock'), null, 'it came and went');
  t.equal(course(snapshot(0, [lock]), snapshot(1, []), snapshot(2, [], null)).isMadeAgain(1, 'lock'), null);
});

t.test('without a promise: everything, or what the checker looks at', async (t) => {
  t.same(promisesOf({ promise: undefined, checker: undefined }), {
    snapshot: true,
    files: [],
    atomic: [],
    gone: [],
    ignore: [],
  });
  t.same(
    promisesOf({ promise: undefined, checker: { run: 'x', persistent: false, timeout: 1 } }).snapshot,
    false,
  );
  t.same(promisesOf({ promise: promise.parse({ files: ['x'] }), checker: undefined }).files, ['x']);
});

t.test('one of several names that is removed has not moved to where another one went', async (t) => {
  const a = file('a', 'one', 7);
  const link = file('d/b', 'one', 7);
  const b = file('b', 'one', 7);
  const owing = claims(trace(snapshot(1, [a, link]), snapshot(2, [b], null)), 1);
  t.strictSame(told(owing), []);
  t.strictSame(told(claims(trace(snapshot(1, [a]), snapshot(2, [b], {})), 1)), ['moved a b']);
});

t.test('a file that took a name and was written to by another one of its names', async (t) => {
  const before = [file('a', 'five', 7), file('d/b', 'five', 7), file('d/a', 'old', 8)];
  const after = [file('a', 'five and more', 7), file('d/a', 'five and more', 7)];
  const owing = (touched: Touches): string[] =>
    told(claims(trace(snapshot(1, before), snapshot(2, after, touched)), 1));
  const moved = { 'd/a': touch(0, 1, 0), 'd/b': touch(0, 0, 1) };
  t.ok(
    owing({ ...moved, a: touch(1, 1, 0) }).includes('replaced d/a doubtful'),
    'any part of it may be there',
  );
  t.ok(owing(moved).includes('replaced d/a'));
});
