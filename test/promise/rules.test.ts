/** What each promise is about, and each condition of `kept`, `whole` and `gone`, below what the law says is owed. */
import { constants } from 'node:os';
import t from 'tap';
import { type Appearance, heldBytes } from '../../harness/promise/appearance.js';
import { breachesOf, claimsAfter } from '../../harness/promise/claims.js';
import { isAbsent } from '../../harness/promise/compare.js';
import type { Course, Since, Versions } from '../../harness/promise/course.js';
import { isIgnored, isNamed } from '../../harness/promise/globs.js';
import {
  asksWhatFilesHeld,
  isKept,
  isWhole,
  type Promised,
  promisesDurability,
  promisesOf,
  speaksOfFiles,
  staysGone,
} from '../../harness/promise/promises.js';
import type { RecoveredTree } from '../../harness/promise/recovered-tree.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import type { TreeEntry } from '../../harness/trace/events.js';
import { FileBytes } from '../../harness/trace/file-bytes.js';

/** What a recovered path is: a file's content, an errno, or a link's target. */
type Found = string | { error: string } | { target: string };

const bytesOf = (text: string): FileBytes => FileBytes.of(Buffer.from(text));

function treeOf(found: Record<string, Found>): RecoveredTree {
  const look: RecoveredTree['look'] = (path) => {
    const one = found[path] ?? { error: 'ENOENT' };
    if (typeof one === 'object' && 'error' in one)
      throw Object.assign(
        new Error(one.error),
        one.error === '' ? {} : { errno: -constants.errno[one.error as 'EIO'], code: one.error },
      );
    const common = { mode: 0o644, uid: 0, gid: 0 };
    if (typeof one === 'object')
      return { ...common, type: 'symlink', size: one.target.length, target: one.target };
    return { ...common, type: 'file', size: one.length };
  };
  return {
    look,
    lookInto(path, { lengthBytes, whole }) {
      const entry = look(path);
      const text = found[path];
      if (typeof text !== 'string' || text.length < lengthBytes || (whole && text.length !== lengthBytes))
        return { ...entry, content: null };
      return { ...entry, content: bytesOf(text.slice(0, lengthBytes)) };
    },
    xattrs: () => ({}),
  };
}

const file = (path: string, size: number): TreeEntry => ({
  path,
  type: 'file',
  ino: 1,
  mode: 0o644,
  size,
  ctime_ns: '1',
});
const link = (path: string, target: string): TreeEntry => ({
  ...file(path, target.length),
  type: 'symlink',
  target,
});

const noVersions: Versions = {
  bySize: new Map(),
  others: new Set(),
  absent: false,
  doubt: null,
  manner: null,
};
const versionsOf = (texts: readonly string[], over: Partial<Versions> = {}): Versions => ({
  ...noVersions,
  bySize: new Map(
    texts.map((text) => [
      text.length,
      texts.filter(({ length }) => length === text.length).map((each) => ({ content: () => bytesOf(each) })),
    ]),
  ),
  ...over,
});

/** A course in which these texts were seen, links included, and names were absent. */
function course(over: Partial<Course> & { held?: Record<string, string | { target: string }> }): Course {
  const { held = {}, ...rest } = over;
  const entries = Object.entries(held).map(([path, one]) =>
    typeof one === 'string' ? file(path, one.length) : link(path, one.target),
  );
  return {
    seenAt: () => new Map(entries.map((entry) => [entry.path, entry])),
    content: ({ path }) => bytesOf(held[path] as string),
    since: () => 'nothing',
    absentAt: () => [],
    isMadeAgain: () => false,
    names: () => Object.keys(held),
    versions: () => noVersions,
    versionsThroughLinks: () => noVersions,
    ...rest,
  };
}

/** `outcome rule path failure` of each breach. */
function breaches(of: Course, promised: Partial<Promised>, found: Record<string, Found>): string[] {
  const whole: Promised = { ...promise.parse({}), snapshot: false, ...promised };
  return breachesOf(treeOf(found), claimsAfter(of, 1, whole)).map(
    ({ outcome, rule, path, failure }) => `${outcome} ${rule} ${path} ${failure}`,
  );
}

t.test('which paths a glob names', async (t) => {
  const named: [path: string, glob: string, is: boolean][] = [
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', '*', true],
    ['d/a', '*', false],
    ['d/a', '**', true],
    ['.hidden', '*', true],
    ['d/.hidden', 'd/*', true],
    ['a[1]', 'a[1]', true],
    ['a1', 'a[1]', true],
    ['a', './a', true],
    ['a', '././a', true],
  ];
  for (const [path, glob, is] of named) t.equal(isNamed(path, [glob]), is, `${path}, ${glob}`);
  t.equal(isNamed('b', ['a', 'b']), true, 'by any of them');
  t.equal(isNamed('a', []), false);
  t.equal(isIgnored('cache/deep/file', ['cache']), true, 'a directory above it');
  t.equal(isIgnored('cache/deep/file', ['cache/deep']), true);
  t.equal(isIgnored('cache2/file', ['cache']), false);
});

t.test('what is kept, whole and gone', async (t) => {
  const of = (input: object): Promised => promise.parse(input);
  t.equal(isKept('a', of({ snapshot: true })), true);
  t.equal(isKept('a', of({ snapshot: false, files: ['a'] })), true);
  t.equal(isKept('b', of({ snapshot: false, files: ['a'] })), false);
  t.equal(isKept('a', of({ snapshot: true, ignore: ['a'] })), false);
  t.equal(isKept('a', of({ snapshot: false, files: ['a'], ignore: ['a'] })), false);
  t.equal(isWhole('a', of({ atomic: ['a'] })), true);
  t.equal(isWhole('b', of({ atomic: ['a'] })), false);
  t.equal(isWhole('a', of({ atomic: ['a'], ignore: ['a'] })), false);
  const linked = { files: [], atomic: ['a'], rootPath: null } as unknown as NonNullable<Promised['linked']>;
  t.equal(
    isWhole('a', { ...of({ atomic: ['*'] }), linked }),
    false,
    'read through links, it is another rule\u2019s',
  );
  t.equal(isWhole('b', { ...of({ atomic: ['*'] }), linked }), true);
  t.equal(staysGone('a', of({ gone: ['a'] })), true);
  t.equal(staysGone('b', of({ gone: ['a'] })), false);
  t.equal(staysGone('a', of({ gone: ['a'], ignore: ['a'] })), false);
});

t.test('what a scenario promises that says nothing, and what judging it has to know', async (t) => {
  const of = (over: object) =>
    scenario.parse({ name: 's', workload: { run: 'true' }, storage: [{ fs: 'ext4' }], ...over });
  const checker = { run: 'true' };
  t.equal(promisesOf(of({})).snapshot, true);
  t.equal(promisesOf(of({ checker })).snapshot, false, 'a checker decides');
  const cases: [promised: object, durability: boolean, files: boolean][] = [
    [{ snapshot: true }, true, true],
    [{ snapshot: false, files: ['a'] }, true, true],
    [{ snapshot: false, gone: ['a'] }, true, true],
    [{ snapshot: false, atomic: ['a'] }, false, true],
    [{ snapshot: false }, false, false],
  ];
  for (const [promised, durability, files] of cases) {
    const parsed = promise.parse(promised);
    const name = JSON.stringify(promised);
    t.equal(promisesDurability(parsed), durability, name);
    t.equal(speaksOfFiles(parsed), files, name);
    t.equal(asksWhatFilesHeld(of({ promise: promised, checker })), files, `${name}, and a checker`);
    t.equal(asksWhatFilesHeld(of({ promise: promised })), true, `${name}, without one`);
  }
  t.equal(asksWhatFilesHeld(of({ checker })), false);
  t.equal(asksWhatFilesHeld(of({ checker, promise: { snapshot: false, owed: 'posix' } })), true);
});

t.test('gone: the names that it speaks of, and no others', async (t) => {
  const absent = course({ absentAt: () => ['lock', 'other'] });
  const back = { lock: 'x', other: 'x' };
  t.strictSame(breaches(absent, { gone: ['lock'] }, back), ['violation gone lock returned']);
  t.strictSame(breaches(absent, { gone: ['lock'] }, { other: 'x' }), []);
  t.strictSame(breaches(absent, {}, back), []);
  t.strictSame(
    breaches(absent, { gone: ['lock'] }, { lock: { error: 'EIO' } }),
    ['violation gone lock returned'],
    'a name that cannot be looked at is there',
  );
});

t.test('kept: through links, every link on the way is owed, too', async (t) => {
  const linked = { files: ['l'], atomic: [], rootPath: null } as unknown as NonNullable<Promised['linked']>;
  const held = course({ held: { l: { target: 'm' }, m: { target: 'f' }, f: 'text', other: 'text' } });
  const whole = { l: { target: 'm' }, m: { target: 'f' }, f: 'text' };
  const judged = (found: Record<string, Found>): string[] => breaches(held, { linked }, found);
  t.strictSame(judged(whole), []);
  t.strictSame(judged({ ...whole, f: 'tex' }), ['violation kept f short']);
  t.strictSame(judged({ ...whole, m: { target: 'g' } }), ['violation kept m different']);
  t.strictSame(judged({ ...whole, l: { error: 'ENOENT' } }), ['violation kept l missing']);
});

t.test('kept: what cannot be read is not kept, and our own mistakes are thrown', async (t) => {
  const held = course({ held: { f: 'text' } });
  t.strictSame(breaches(held, { snapshot: true }, { f: { error: 'EACCES' } }), [
    'violation kept f unreadable',
  ]);
  t.strictSame(breaches(held, { snapshot: true }, { f: { error: 'ELOOP' } }), [
    'violation kept f wrong type',
  ]);
  t.throws(() => breaches(held, { snapshot: true }, { f: { error: '' } }));
  t.throws(() => isAbsent(treeOf({ f: { error: '' } }), 'f'));
  t.equal(isAbsent(treeOf({ f: { error: 'EIO' } }), 'f'), false);
});

t.test('kept: an older version is called so only where it is one', async (t) => {
  const held = course({ held: { f: 'now!' }, versions: () => versionsOf(['old!', 'now!']) });
  const judged = (found: Found): string[] => breaches(held, { snapshot: true }, { f: found });
  t.strictSame(judged('old!'), ['violation kept f older']);
  t.strictSame(judged('0ld!'), ['violation kept f different'], 'as long as one, and none');
  t.strictSame(judged('o'), ['violation kept f short']);
  t.strictSame(judged({ target: 'old!' }), ['violation kept f wrong type'], 'a link as long as one');
});

t.test(
  'kept: what was appended to is between its sizes; a moved file\u2019s names are looked at',
  async (t) => {
    const grown: Appearance = {
      ...{ type: 'file', modes: null, owners: null, xattrs: null },
      bytes: heldBytes(bytesOf('text'), [], { from: 4, to: 6 }),
    };
    const certain = { name: null, content: null };
    const appended: Since = { removed: false, movedTo: [], appearances: [grown], doubt: certain };
    const held = course({ held: { f: 'text' }, since: () => appended });
    t.strictSame(breaches(held, { snapshot: true }, { f: 'text+' }), []);
    t.strictSame(
      breaches(held, { snapshot: true }, { f: 'text+++' }),
      ['violation kept f different'],
      'more than it ever had',
    );
    t.strictSame(breaches(held, { snapshot: true }, { f: 'tex' }), ['violation kept f short']);
    const moved = course({
      held: { f: 'text' },
      since: () => ({ ...appended, removed: true, movedTo: ['g', 'h'] }),
    });
    const [claim] = claimsAfter(moved, 1, promise.parse({ snapshot: true }));
    t.strictSame(claim!.paths(), ['f', 'g', 'h']);
  },
);

t.test('whole: only what it speaks of', async (t) => {
  const held = course({ held: { a: 'text', b: 'text' }, versions: () => versionsOf(['text']) });
  t.strictSame(breaches(held, { atomic: ['a'] }, { a: 'tex', b: 'tex' }), ['violation whole a short']);
  const never = course({ held: { a: { target: 'x' } } });
  t.strictSame(breaches(never, { atomic: ['a'] }, { a: 'text' }), [], 'a name that never led to a file');
});

t.test('whole, through links', async (t) => {
  const linked = { files: [], atomic: ['l'], rootPath: null } as unknown as NonNullable<Promised['linked']>;
  const judged = (versions: Versions, found: Record<string, Found>): string[] =>
    breaches(course({ versionsThroughLinks: () => versions }), { atomic: ['l'], linked }, found);
  const to = { l: { target: 'f' } };
  t.strictSame(judged(versionsOf(['one', 'two']), { ...to, f: 'two' }), []);
  t.strictSame(judged(versionsOf(['one', 'two']), { ...to, f: 'tw' }), ['violation whole l short']);
  t.strictSame(judged(versionsOf(['one', 'two']), { ...to, f: 'tow' }), ['violation whole l different']);
  t.strictSame(judged(noVersions, { ...to, f: 'x' }), [], 'it never led to anything');
  t.strictSame(
    judged(versionsOf(['one']), { l: { target: '/elsewhere' } }),
    [],
    'out of the directory nothing is judged',
  );
  t.strictSame(judged(versionsOf(['one']), to), ['violation whole l missing']);
  t.strictSame(judged(versionsOf(['one'], { absent: true }), to), [], 'it once led to nothing');
});
