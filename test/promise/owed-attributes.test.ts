/** What a storage owes beside bytes and names: attributes, two names of one file; and what the kernel's tests ask of a tree. */
import t from 'tap';
import type { CrashMoment } from '../../harness/model/allowed/crash-moment.js';
import type { TreeNode } from '../../harness/model/directory-tree.js';
import { type FoundTree, OwedJudge } from '../../harness/promise/owed.js';
import type { OwedRules } from '../../harness/promise/owed-rules.js';
import {
  create,
  directorySynced,
  rename,
  replayWritten,
  sync,
  write,
  writtenTree,
} from '../contract/written-trace.js';

const atTheEnd: CrashMoment = { begun: Number.POSITIVE_INFINITY, returned: Number.POSITIVE_INFINITY };

/** `f` holds `x`; what is given of it is otherwise. */
function judge(
  calls: readonly string[],
  found: Partial<TreeNode>,
  { rules = 'posix', before = { f: 'x' } }: { rules?: OwedRules; before?: Record<string, string> } = {},
) {
  const nodes = writtenTree({ f: 'x' });
  Object.assign(nodes.get('f')!, found);
  const judge = new OwedJudge(replayWritten(calls, before), rules);
  return judge.judge({ nodes, unreadable: new Map() }, atTheEnd).breach;
}

const open = create('f', 3, 'O_RDWR');
const chmod = 'fchmod(3</w/f>, 0600) = 0';
const chown = 'fchown(3</w/f>, 5, 6) = 0';
const set = 'fsetxattr(3</w/f>, "user.k", "v", 1, 0) = 0';
const removed = 'fremovexattr(3</w/f>, "user.k") = 0';
const v = Buffer.from('v').toString('base64');

t.test('what an fsync made durable of the attributes, named by the call', async (t) => {
  const cases: { call: string; as: Partial<TreeNode>; lost: string }[] = [
    { call: chmod, as: { mode: 0o600 }, lost: 'the mode of f (0644 instead of 0600)' },
    { call: chown, as: { owner: { uid: 5, gid: 6 } }, lost: 'the owner of f (0:0 instead of 5:6)' },
    { call: set, as: { xattrs: { 'user.k': v } }, lost: `the attribute user.k of f (none instead of ${v})` },
  ];
  for (const { call, as, lost } of cases) {
    t.equal(judge([open, call, sync('f')], as), null, 'kept');
    t.match(judge([open, call, sync('f')], {}), {
      rules: 'posix',
      fault: 'attributes',
      text: `lost what fsync(f) owed: ${lost}`,
    });
    t.match(judge([open, call, 'sync() = 0'], {}), { text: `lost what sync() owed: ${lost}` });
    for (const calls of [[], [sync('f', 'fdatasync')], [sync('f', 'fsync', '-1 EIO (Input/output error)')]]) {
      t.equal(judge([open, call, ...calls], {}), null, `owed to nobody: ${calls}`);
      t.equal(judge([open, call, ...calls], as), null);
    }
  }
  t.match(judge([open], { mode: 0o600 }), { call: null, text: /damaged what no call was under way for/ });
  const again = [open, set, sync('f'), removed];
  t.equal(judge(again, {}), null, 'removed since, and not yet durable');
  t.equal(judge(again, { xattrs: { 'user.k': v } }), null);
  t.match(judge([...again, sync('f')], { xattrs: { 'user.k': v } }), {
    text: /user\.k of f \(.* instead of none\)/,
  });
});

t.test('what a file was made with is owed from the first call that covers attributes', async (t) => {
  const made = [create('f'), write('f', 'x'), sync('f', 'fdatasync'), ...directorySynced()];
  t.equal(judge(made, { mode: 0 }, { before: {} }), null, 'fsync of a directory owes the name');
  t.match(judge([...made, sync('f')], { mode: 0 }, { before: {} }), {
    text: /the mode of f \(00 instead of 0644\)/,
  });
});

t.test('of another file that may have the name nothing is owed to this one', async (t) => {
  const calls = [open, chmod, sync('f'), create('g', 5), 'write(5</w/g>, "x", 1) = 1', rename('g', 'f')];
  t.equal(judge(calls, { mode: 0o600 }), null);
  t.equal(judge(calls, { mode: 0o644 }), null, 'g may have the name, and no call was asked to keep its mode');
});

t.test('two durable names of one file lead to one file', async (t) => {
  const calls = ['link("f", "g") = 0', ...directorySynced()];
  const found = (identities: [number, number], links: number): FoundTree => {
    const nodes = writtenTree({ f: 'x', g: 'x' });
    for (const [i, name] of ['f', 'g'].entries())
      Object.assign(nodes.get(name)!, { identity: identities[i], links });
    return { nodes, unreadable: new Map() };
  };
  const judge = new OwedJudge(replayWritten(calls, { f: 'x' }), 'posix');
  t.equal(judge.judge(found([1, 1], 2), atTheEnd).breach, null);
  t.match(judge.judge(found([1, 2], 1), atTheEnd).breach, {
    fault: 'other_file',
    text: /two files of one: f and g/,
  });
  const unsynced = new OwedJudge(
    replayWritten([...calls.slice(0, 1), 'unlink("g") = 0', create('g', 5), 'write(5</w/g>, "x", 1) = 1'], {
      f: 'x',
    }),
    'posix',
  );
  t.equal(unsynced.judge(found([1, 2], 1), atTheEnd).breach, null, 'another file may have the name');

  const linux = new OwedJudge(replayWritten(calls, { f: 'x' }), 'linux');
  t.equal(linux.judge(found([1, 1], 2), atTheEnd).breach, null);
  t.match(linux.judge(found([1, 1], 1), atTheEnd).breach, {
    rules: 'linux',
    fault: 'unsound',
    text: /the link count of f is 1, and it has 2 names/,
  });
  t.equal(judge.judge(found([1, 1], 1), atTheEnd).breach, null, 'POSIX does not speak of it');
});

t.test('linux: a directory can be emptied and written to again', async (t) => {
  const stuck = { path: 'd', error: 'ENOTEMPTY' };
  const ask = (rules: OwedRules, where: FoundTree['stuck']) =>
    new OwedJudge(replayWritten([], { d: 'x' }), rules).judge(
      { nodes: writtenTree({ d: 'x' }), unreadable: new Map(), stuck: where ?? null },
      atTheEnd,
    ).breach;
  t.match(ask('linux', stuck), {
    rules: 'linux',
    text: /d cannot be emptied and written to again \(ENOTEMPTY\)/,
  });
  t.equal(ask('linux', null), null);
  t.equal(ask('posix', stuck), null);
});
