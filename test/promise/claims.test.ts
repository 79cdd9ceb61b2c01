/** Each promise with a pair of controls: what keeps it, and what breaks it, by its name. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { problemOf } from '../../harness/judge/judgement.js';
import { LocalTree } from '../../harness/judge/local-tree.js';
import { type Appearance, heldBytes } from '../../harness/promise/appearance.js';
import { breachesOf, claimsAfter } from '../../harness/promise/claims.js';
import type { Course, Since, Versions } from '../../harness/promise/course.js';
import { type Law, law, type Part } from '../../harness/promise/law.js';
import type { RecoveredTree } from '../../harness/promise/recovered-tree.js';
import { TracedCourse } from '../../harness/promise/traced-course.js';
import { WatchedCourse } from '../../harness/promise/watched-course.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import type { Xattrs } from '../../harness/trace/attributes.js';
import type { TreeEntry } from '../../harness/trace/events.js';
import { FileBytes } from '../../harness/trace/file-bytes.js';
import { ack, replayWritten } from '../contract/written-trace.js';

const contents = new Map<TreeEntry, FileBytes>();
let clock = 0;

function file(path: string, content: string | Buffer, mode = 0o644): TreeEntry {
  const bytes = Buffer.from(content);
  const entry: TreeEntry = { path, type: 'file', ino: 1, mode, size: bytes.length, ctime_ns: `${++clock}` };
  contents.set(entry, FileBytes.of(bytes));
  return entry;
}
const folder = (path: string): TreeEntry => ({
  path,
  type: 'directory',
  ino: 2,
  mode: 0o755,
  size: 0,
  ctime_ns: '0',
});
const link = (path: string, target: string): TreeEntry => ({
  path,
  type: 'symlink',
  ino: 3,
  mode: 0o777,
  size: 0,
  ctime_ns: '0',
  target,
});

/** A course that says just this of one thing seen at the only ack. */
interface Told {
  seen?: TreeEntry;
  since?: Since;
  versions?: Versions;
  absent?: { path: string; madeAgain: boolean | null };
}

const unseen: Versions = { bySize: new Map(), others: new Set(), absent: false, doubt: null, manner: null };

const courseTelling = ({ seen, since = 'nothing', versions, absent }: Told): Course => ({
  seenAt: () => new Map(seen ? [[seen.path, seen]] : []),
  content(entry) {
    const bytes = contents.get(entry);
    if (!bytes) throw new Error(`nobody recorded ${entry.path}`);
    return bytes;
  },
  since: () => since,
  absentAt: () => (absent ? [absent.path] : []),
  isMadeAgain: () => absent?.madeAgain ?? null,
  names: () => (versions ? ['f'] : []),
  versions: () => versions ?? unseen,
  versionsThroughLinks: () => versions ?? unseen,
});

/** What is said of a recovered directory made by `make`: `outcome kind failure`, or `kept`. */
function judged(told: Told, make: (at: (path: string) => string) => void): string {
  const root = mkdtempSync(join(tmpdir(), 'plugpull-tree-'));
  try {
    make((path) => join(root, path));
    const promised = promise.parse({ snapshot: true, atomic: ['f'], gone: ['*'] });
    const claims = claimsAfter(courseTelling(told), 1, promised);
    const problems = breachesOf(new LocalTree(root), claims).map(problemOf);
    return problems.map(({ outcome, kind, failure }) => `${outcome} ${kind} ${failure}`).join() || 'kept';
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const appearance = (content: string, modes = [0o644]): Appearance => ({
  type: 'file',
  modes: new Set(modes),
  owners: null,
  xattrs: null,
  bytes: heldBytes(FileBytes.of(Buffer.from(content)), [], { from: content.length, to: content.length }),
});
const certain = { name: null, content: null };

type Make = (at: (path: string) => string) => void;
const holding =
  (content: string | Buffer, path = 'f', mode = 0o644): Make =>
  (at) => {
    writeFileSync(at(path), content);
    chmodSync(at(path), mode);
  };
const nothing: Make = () => {};
const lostContents: [Make, string][] = [
  [nothing, 'missing'],
  [holding(''), 'empty'],
  [holding('12345'), 'short'],
  [holding('12345\0\0\0\0'), 'zeros'],
  [holding('123456780'), 'different'],
  [holding(Buffer.alloc(9)), 'zeros'],
  [(at) => mkdirSync(at('f')), 'wrong type'],
  [(at) => symlinkSync('elsewhere', at('f')), 'wrong type'],
];

t.test('unchanged', async (t) => {
  const obligation: Told = { seen: file('f', '123456789') };
  t.equal(judged(obligation, holding('123456789')), 'kept');
  for (const [make, failure] of lostContents)
    t.equal(judged(obligation, make), `violation durability ${failure}`);
  t.equal(
    judged(obligation, holding('1234567890')),
    'violation durability different',
    'something more than was acked',
  );
  t.equal(
    judged(obligation, holding('123456789', 'f', 0o600)),
    'violation durability attributes',
    'another mode',
  );
  const deep: Told = { seen: file('a/b/f', 'x') };
  t.equal(judged(deep, nothing), 'violation durability missing');
  t.equal(
    judged(deep, (at) => writeFileSync(at('a'), '')),
    'violation durability missing',
    'a file where a folder was',
  );
  const empty: Told = { seen: file('f', '') };
  t.equal(judged(empty, holding('')), 'kept');
  t.equal(judged(empty, holding('x')), 'violation durability different');
  t.equal(judged(empty, nothing), 'violation durability missing');
});

t.test('unchanged: folders and links', async (t) => {
  const directory: Told = { seen: folder('d') };
  t.equal(
    judged(directory, (at) => mkdirSync(at('d'))),
    'kept',
  );
  t.equal(judged(directory, nothing), 'violation durability missing');
  t.equal(judged(directory, holding('', 'd')), 'violation durability wrong type');
  const symlink: Told = { seen: link('l', 'target') };
  t.equal(
    judged(symlink, (at) => symlinkSync('target', at('l'))),
    'kept',
  );
  t.equal(
    judged(symlink, (at) => symlinkSync('other', at('l'))),
    'violation durability different',
  );
  t.equal(judged(symlink, holding('target', 'l')), 'violation durability wrong type');
  t.equal(judged(symlink, nothing), 'violation durability missing');
});

t.test('a folder’s mode is promised, too', async (t) => {
  const made: Make = (at) => {
    mkdirSync(at('d'));
    chmodSync(at('d'), 0o700);
  };
  t.equal(judged({ seen: folder('d') }, made), 'violation durability attributes');
});

t.test('appended to: what was acked is still its beginning', async (t) => {
  const seen = file('f', '123456789');
  const since: Since = {
    removed: false,
    movedTo: [],
    appearances: [
      {
        type: 'file',
        modes: new Set([0o644]),
        owners: null,
        xattrs: null,
        bytes: heldBytes(contents.get(seen)!, [], { from: 9, to: 100 }),
      },
    ],
    doubt: certain,
  };
  const appended: Told = { seen, since };
  t.equal(judged(appended, holding('123456789')), 'kept');
  t.equal(judged(appended, holding('123456789 and more')), 'kept');
  t.equal(judged(appended, holding('123456789\0\0\0\0')), 'kept', 'what was never acked may be anything');
  t.equal(
    judged(appended, holding('123456789', 'f', 0o600)),
    'violation durability attributes',
    'a mode it never had',
  );
  for (const [make, failure] of lostContents)
    t.equal(
      judged(appended, make),
      failure === 'different' ? 'violation durability different' : `violation durability ${failure}`,
    );
  t.equal(
    judged(appended, holding('12345\0\0\0\0 and more')),
    'violation durability zeros',
    'a hole before the end',
  );
});

t.test(
  'rewritten in place: each byte is one that it held at the ack or that was written since',
  async (t) => {
    const seen = file('f', '1111');
    const written = [{ offset: 1, length: 2, bytes: Buffer.from('22') }];
    const since: Since = {
      removed: false,
      movedTo: [],
      appearances: [
        {
          type: 'file',
          modes: new Set([0o644]),
          owners: null,
          xattrs: null,
          bytes: heldBytes(contents.get(seen)!, written, { from: 4, to: 4 }),
        },
      ],
      doubt: certain,
    };
    for (const kept of ['1111', '1221', '1211', '1121'])
      t.equal(judged({ seen, since }, holding(kept)), 'kept', kept);
    t.equal(
      judged({ seen, since }, holding(Buffer.alloc(4))),
      'violation durability zeros',
      'never acked, never written',
    );
    t.equal(
      judged({ seen, since }, holding('2221')),
      'violation durability different',
      'written, but not there',
    );
    t.equal(judged({ seen, since }, holding('122')), 'violation durability short', 'never that short');
    t.equal(judged({ seen, since }, nothing), 'violation durability missing');
  },
);

t.test('cut off by the program: zeros and less are its own doing', async (t) => {
  const seen = file('f', '1111');
  const cut = [{ offset: 2, length: Number.POSITIVE_INFINITY, bytes: null }];
  const since: Since = {
    removed: false,
    movedTo: [],
    appearances: [
      {
        type: 'file',
        modes: null,
        owners: null,
        xattrs: null,
        bytes: heldBytes(contents.get(seen)!, cut, { from: 2, to: 4 }),
      },
    ],
    doubt: certain,
  };
  for (const kept of ['11', '111', '1111', '11\0\0'])
    t.equal(judged({ seen, since }, holding(kept, 'f', 0o600)), 'kept', JSON.stringify(kept));
  t.equal(judged({ seen, since }, holding('1')), 'violation durability short');
  t.equal(judged({ seen, since }, holding('1\0\0\0')), 'violation durability zeros');
});

t.test('what the workload did in between is not fully known: unknown instead of an accusation', async (t) => {
  const seen = file('f', '123456789');
  const doubt = { name: 'nobody watched', content: 'nobody watched' };
  for (const since of [
    { removed: false, movedTo: [], appearances: [appearance('123456789')], doubt },
    { removed: true, movedTo: ['new'], appearances: [appearance('123456789')], doubt },
  ] satisfies Since[]) {
    t.equal(judged({ seen, since }, nothing), 'unknown durability missing');
    t.equal(judged({ seen, since }, holding('123456780')), 'unknown durability different');
    t.equal(judged({ seen, since }, holding('123456789')), 'kept');
  }
  t.equal(judged({ seen, since: 'anything' }, nothing), 'kept');
});

t.test('replaced: the old file or the one that took its name', async (t) => {
  const seen = file('f', '123456789');
  const replaced = (removed: boolean, doubt: string | null): Told => ({
    seen,
    since: {
      removed,
      movedTo: [],
      appearances: [appearance('123456789'), appearance('version two')],
      doubt: { name: null, content: doubt },
    },
  });
  for (const doubt of [null, 'there were more versions']) {
    t.equal(judged(replaced(false, doubt), holding('123456789')), 'kept');
    t.equal(judged(replaced(false, doubt), holding('version two')), 'kept');
    t.equal(
      judged(replaced(false, doubt), nothing),
      'violation durability missing',
      'a name that was never taken away',
    );
    t.equal(judged(replaced(true, doubt), nothing), 'kept', 'it was removed in between');
    const outcome = doubt === null ? 'violation' : 'unknown';
    for (const [make, failure] of lostContents.slice(1))
      t.equal(judged(replaced(false, doubt), make), `${outcome} durability ${failure}`);
  }
});

t.test('moved: under one of its names', async (t) => {
  const moved: Told = {
    seen: file('old', '123456789'),
    since: {
      removed: true,
      movedTo: ['new', 'newer'],
      appearances: [appearance('123456789')],
      doubt: certain,
    },
  };
  for (const name of ['old', 'new', 'newer'])
    t.equal(judged(moved, holding('123456789', name)), 'kept', name);
  t.equal(judged(moved, nothing), 'violation durability missing');
  t.equal(judged(moved, holding('', 'new')), 'violation durability missing');
  t.equal(
    judged(moved, (at) => {
      holding('', 'new')(at);
      holding('123456789', 'newer')(at);
    }),
    'kept',
  );
});

t.test('whole: the first version or any later one', async (t) => {
  const of = (contentsOf: string[], absent: boolean, doubt: string | null = null): Told => {
    const bySize = new Map<number, { content(): FileBytes }[]>();
    for (const text of contentsOf) {
      const known = bySize.get(text.length) ?? [];
      bySize.set(text.length, [...known, { content: () => FileBytes.of(Buffer.from(text)) }]);
    }
    return { versions: { ...unseen, bySize, absent, doubt } };
  };
  const versions = ['123456789', 'version 2', 'version three'];
  for (const text of versions) t.equal(judged(of(versions, false), holding(text)), 'kept', text);
  t.equal(
    judged(of(versions, false), holding('123456789', 'f', 0o600)),
    'kept',
    'a mode is no part of a version',
  );
  for (const [make, failure] of lostContents)
    t.equal(judged(of(versions, false), make), `violation atomicity ${failure}`);
  for (const [make, failure] of lostContents.slice(1))
    t.equal(judged(of(versions, false, 'there may be more'), make), `unknown atomicity ${failure}`);
  t.equal(
    judged(of(versions, false, 'there may be more'), nothing),
    'violation atomicity missing',
    'however many versions, one is there',
  );
  t.equal(judged(of(versions, true), nothing), 'kept', 'not there yet, or no longer');
  const led: Told = { versions: { ...of(versions, false).versions!, others: new Set(['directory']) } };
  t.equal(
    judged(led, (at) => mkdirSync(at('f'))),
    'kept',
    'a directory, which it once was',
  );
  t.equal(
    judged(led, (at) => symlinkSync('elsewhere', at('f'))),
    'violation atomicity wrong type',
  );
  t.equal(judged(of([], true), holding('x')), 'kept', 'a name that no file ever had');
  t.equal(judged(of([], true, 'it may have come and gone'), holding('x')), 'unknown atomicity different');
});

t.test('gone: not back, unless the program made it again', async (t) => {
  const of = (madeAgain: boolean | null): Told => ({ absent: { path: 'lock', madeAgain } });
  for (const madeAgain of [true, false, null]) t.equal(judged(of(madeAgain), nothing), 'kept');
  t.equal(judged(of(false), holding('', 'lock')), 'violation durability returned');
  t.equal(judged(of(null), holding('', 'lock')), 'unknown durability returned');
  t.equal(judged(of(true), holding('', 'lock')), 'kept');
  t.equal(
    judged(of(false), (at) => mkdirSync(at('lock'))),
    'violation durability returned',
  );
});

t.test('a content that cannot be looked up is a fault, not a verdict', async (t) => {
  const entry: TreeEntry = { path: 'f', type: 'file', ino: 1, mode: 0o644, size: 77, ctime_ns: '-1' };
  t.throws(() => judged({ seen: entry }, holding('x')), /nobody recorded f/);
});

/** A tree of one file with these attributes, which counts how often it is asked for the extended ones. */
function treeWith(found: { uid: number; xattrs: Xattrs; mode?: number }): RecoveredTree & { asked: number } {
  const { uid, mode = 0o644 } = found;
  const entry = { type: 'file' as const, mode, uid, gid: 0, size: 1 };
  return {
    asked: 0,
    look: () => entry,
    lookInto: () => ({ ...entry, content: FileBytes.of(Buffer.from('x')) }),
    xattrs() {
      this.asked++;
      return found.xattrs;
    },
  };
}

function attributesJudged(
  tree: RecoveredTree,
  told: Told,
  forgotten: Part[] = [],
): { outcome: string; detail: string }[] {
  const owed = new Set([...law.owed.file].filter((part) => !forgotten.includes(part)));
  const by: Law = { ...law, owed: { ...law.owed, file: owed } };
  const claims = claimsAfter(courseTelling(told), 1, promise.parse({ snapshot: true }), by);
  return breachesOf(tree, claims).map(({ outcome, detail }) => ({ outcome, detail }));
}

const seenWith = (attributes: Partial<TreeEntry>): TreeEntry => {
  const entry = { ...file('f', 'x'), ...attributes };
  contents.set(entry, FileBytes.of(Buffer.from('x')));
  return entry;
};

t.test('the mode', async (t) => {
  const seen = seenWith({ mode: 0o600 });
  const kept = (mode: number): RecoveredTree => treeWith({ uid: 0, mode, xattrs: {} });
  t.same(attributesJudged(kept(0o600), { seen }), []);
  t.match(attributesJudged(kept(0o644), { seen }), [{ outcome: 'violation' }]);
  t.same(attributesJudged(kept(0o644), { seen }, ['mode']), [], 'the mode forgotten in the law');
});

t.test('the owner, where it was recorded', async (t) => {
  const seen = seenWith({ uid: 1000, gid: 0 });
  t.same(attributesJudged(treeWith({ uid: 1000, xattrs: {} }), { seen }), []);
  t.same(attributesJudged(treeWith({ uid: 0, xattrs: {} }), { seen }), [
    { outcome: 'violation', detail: 'f belongs to 0:0 instead of 1000:0' },
  ]);
  t.same(attributesJudged(treeWith({ uid: 0, xattrs: {} }), { seen }, ['owner']), [], 'forgotten in the law');
  t.same(attributesJudged(treeWith({ uid: 7, xattrs: {} }), { seen: file('f', 'x') }), [], 'an older trace');
});

t.test('extended attributes, where some were recorded', async (t) => {
  const seen = seenWith({ uid: 0, gid: 0, xattrs: { 'user.k': 'dg==' } });
  const lost = treeWith({ uid: 0, xattrs: {} });
  t.same(attributesJudged(treeWith({ uid: 0, xattrs: { 'user.k': 'dg==' } }), { seen }), []);
  t.match(attributesJudged(lost, { seen }), [{ detail: 'f has lost its attribute user.k' }]);
  t.same(attributesJudged(lost, { seen }, ['xattrs']), [], 'forgotten in the law');
  t.match(attributesJudged(treeWith({ uid: 0, xattrs: { 'user.k': 'dw==' } }), { seen }), [
    { detail: 'f has another value of its attribute user.k' },
  ]);
  const removed = seenWith({ uid: 0, gid: 0, xattrs: {} });
  t.match(attributesJudged(treeWith({ uid: 0, xattrs: { 'user.k': 'dg==' } }), { seen: removed }), [
    { detail: 'f has an attribute user.k, which it had not' },
  ]);
  const bare = treeWith({ uid: 0, xattrs: {} });
  t.same(attributesJudged(bare, { seen: seenWith({ uid: 0, gid: 0 }) }), []);
  t.equal(bare.asked, 0, 'nobody looks where there were none');
});

t.test('a file whose content is right is not said to be an older version', async (t) => {
  const seen = seenWith({ uid: 1000, gid: 0 });
  const whole = { content: () => FileBytes.of(Buffer.from('x')) };
  const versions: Versions = { ...unseen, bySize: new Map([[1, [whole]]]) };
  t.match(attributesJudged(treeWith({ uid: 0, xattrs: {} }), { seen, versions }), [{ detail: /belongs to/ }]);
});

t.test('what the program changes after the ack is its own business', async (t) => {
  const before = seenWith({ uid: 0, gid: 0, xattrs: { 'user.k': 'dg==' } });
  const after = seenWith({ uid: 1, gid: 0, xattrs: { 'user.l': 'dg==' } });
  const snapshots = [before, after].map((entry, acks) => ({
    acks,
    final: false,
    tree: new Map([['f', entry]]),
    touched: {},
  }));
  const course = new WatchedCourse({ snapshots, content: (entry) => contents.get(entry)! });
  const judged = (found: Parameters<typeof treeWith>[0], acks: number) =>
    breachesOf(treeWith(found), claimsAfter(course, acks, promise.parse({ snapshot: true }))).length;
  t.equal(judged({ uid: 0, xattrs: { 'user.k': 'dg==' } }, 0), 0);
  t.equal(judged({ uid: 1, xattrs: { 'user.k': 'dg==', 'user.l': 'dg==' } }, 0), 0);
  t.equal(judged({ uid: 1, xattrs: {} }, 0), 0);
  t.equal(judged({ uid: 2, xattrs: {} }, 0), 1);
  t.equal(judged({ uid: 0, xattrs: { 'user.k': 'dw==' } }, 0), 1);
  t.equal(judged({ uid: 0, xattrs: { 'user.l': 'dg==' } }, 1), 1, 'after the next ack the new owner is owed');
});

t.test('what others did while an ack was on its way is not owed, whatever its snapshot shows', async (t) => {
  const put = (text: string) => `pwrite64(3</w/f>, "${text}", 3, 0) = 3`;
  const judged = (calls: string[], found: string, shown: string) => {
    const begun = ['openat(AT_FDCWD</w>, "f", O_RDWR) = 3</w/f>', 'clone(flags=SIGCHLD) = 8'];
    const history = replayWritten([...begun, ...calls], { f: 'old' });
    const seen = { ...file('f', shown), uid: 0, gid: 0 };
    contents.set(seen, FileBytes.of(Buffer.from(shown)));
    // Nothing happened between the snapshots.
    const snapshots = [0, 1, 2].map((acks) => ({
      acks,
      final: acks === 2,
      tree: new Map([['f', seen]]),
      touched: {},
    }));
    const watched = new WatchedCourse({ snapshots, content: (entry) => contents.get(entry)! });
    const course = new TracedCourse(watched, () => history);
    const root = mkdtempSync(join(tmpdir(), 'plugpull-tree-'));
    try {
      writeFileSync(join(root, 'f'), found);
      const claims = claimsAfter(course, 1, promise.parse({ snapshot: true }));
      return breachesOf(new LocalTree(root), claims).length;
    } finally {
      rmSync(root, { recursive: true });
    }
  };
  const begun = '8: write(1<pipe:[1]>, "ack 1\\n", 6 <unfinished ...>';
  const ended = '8: <... write resumed>) = 6';
  t.equal(judged([put('one'), begun, put('two'), ended], 'one', 'two'), 0, 'the snapshot came late');
  t.equal(judged([put('one'), begun, put('two'), ended], 'two', 'two'), 0);
  t.equal(
    judged([put('one'), begun, put('two'), ended], 'old', 'two'),
    1,
    'what was there at the ack is owed',
  );
  t.equal(judged([put('one'), begun, ended], 'old', 'one'), 1, 'nobody worked beside it');
  t.equal(judged([put('one'), put('two'), begun, ended], 'one', 'two'), 1);
});

t.test('the calls tell each value between two acks, and accuse of none that nobody knows', async (t) => {
  const attribute = (value: string) => `setxattr("f", "user.k", "${value}", 1, 0) = 0`;
  const ownership = (uid: number) => `chown("f", ${uid}, -1) = 0`;
  const calls = [
    attribute('a'),
    ownership(1),
    ack('1'),
    attribute('b'),
    ownership(2),
    attribute('a'),
    ownership(1),
  ];
  const history = replayWritten([...calls, ack('2')], { f: 'x' });
  const seen = seenWith({ uid: 1, gid: 0, xattrs: { 'user.k': 'YQ==' } });
  // Another change time: something was done to it that left no mark.
  const later = { ...seen, ctime_ns: `${++clock}` };
  contents.set(later, FileBytes.of(Buffer.from('x')));
  const snapshots = [seen, seen, later].map((entry, acks) => ({
    acks,
    final: false,
    tree: new Map([['f', entry]]),
    touched: {},
  }));
  const watched = new WatchedCourse({ snapshots, content: (entry) => contents.get(entry)! });
  const course = new TracedCourse(watched, () => history);
  const judged = (uid: number, value: string | null, acks = 1) => {
    const xattrs: Xattrs = value === null ? {} : { 'user.k': Buffer.from(value).toString('base64') };
    return breachesOf(treeWith({ uid, xattrs }), claimsAfter(course, acks, promise.parse({ snapshot: true })))
      .length;
  };
  t.equal(judged(1, 'a'), 0);
  t.equal(judged(2, 'b'), 0, 'it was that for a moment');
  t.equal(judged(0, 'a'), 1);
  t.equal(judged(1, null), 1);
  t.equal(judged(2, 'b', 2), 1, 'no more after the second ack');
});
