/** First changes of the attributes of what the program made itself: judged as those of what was there before. */
import t from 'tap';
import { Content } from '../../harness/model/content.js';
import type { DirectoryTree, TreeNode } from '../../harness/model/directory-tree.js';
import {
  ack,
  create,
  directorySynced,
  judgeWritten,
  sync,
  write,
  writtenTree,
} from '../contract/written-trace.js';

const made = [create('f'), write('f', 'x'), sync('f'), ...directorySynced()];
const changes: [string, string][] = [
  ['fchmod(3</w/f>, 0600) = 0', 'fchmod(f, 0600)'],
  ['fchown(3</w/f>, 1000, 1000) = 0', 'fchown(f, 1000, 1000)'],
  ['fsetxattr(3</w/f>, "user.k", "v", 1, 0) = 0', 'fsetxattr(f, user.k)'],
];

for (const [call, title] of changes) {
  t.test(`${title} of a file that the program made`, async (t) => {
    const pending = judgeWritten([...made, call, ack()]);
    t.match(pending, { outcome: 'violation', notes: [] });
    t.equal(pending.findings[0]?.property, `${title} needs fsync(f) before ack 'done'`);
    t.equal(judgeWritten([...made, call, sync('f', 'fdatasync'), ack()]).outcome, 'violation');
    t.match(judgeWritten([...made, call, sync('f'), ack()]), { outcome: 'pass', notes: [] });
  });
}

t.test('given what it has already, it does not change', async (t) => {
  for (const call of ['fchmod(3</w/f>, 0644) = 0', 'fchown(3</w/f>, 0, -1) = 0'])
    t.match(judgeWritten([...made, call, ack()]), { outcome: 'pass', notes: [] }, call);
});

t.test('a directory that the program made', async (t) => {
  const calls = ['mkdir("d", 0777) = 0', ...directorySynced()];
  t.equal(judgeWritten([...calls, 'chown("d", 5, 5) = 0', ack()]).outcome, 'violation');
  t.equal(judgeWritten([...calls, 'chown("d", 0, 0) = 0', ack()]).outcome, 'pass');
});

t.test('whom the thread runs as then is whom it belongs to', async (t) => {
  const become = ['setresgid(-1, 7, -1) = 0', 'setresuid(-1, 8, -1) = 0'];
  const own = 'fchown(3</w/f>, 8, 7) = 0';
  t.equal(judgeWritten([...become, ...made, own, ack()]).outcome, 'pass');
  t.equal(judgeWritten([...made, own, ack()]).outcome, 'violation');
  const child = [`clone(child_stack=NULL, flags=SIGCHLD) = 8`];
  t.equal(judgeWritten([...become, ...child, ...made, own, ack()]).outcome, 'pass');
});

t.test('a directory with the set-group-ID bit hands down its group, and the bit', async (t) => {
  const shared = ['mkdir("d", 0755) = 0', 'chown("d", 0, 9) = 0', 'chmod("d", 02755) = 0'];
  const sync = [
    'openat(AT_FDCWD</w>, "d", O_RDONLY|O_DIRECTORY) = 4</w/d>',
    'fsync(4</w/d>) = 0',
    'close(4) = 0',
    ...directorySynced(),
  ];
  const below = [create('d/f'), 'fsync(3</w/d/f>) = 0', 'mkdir("d/e", 0755) = 0', ...sync];
  const ask = (...calls: string[]): unknown => judgeWritten([...shared, ...below, ...calls, ack()]).outcome;
  t.equal(ask('fchown(3</w/d/f>, 0, 9) = 0'), 'pass');
  t.equal(ask('fchown(3</w/d/f>, 0, 0) = 0'), 'violation');
  t.equal(ask('chmod("d/e", 02755) = 0'), 'pass');
  t.equal(ask('chmod("d/e", 0755) = 0'), 'violation');
});

t.test('what was left shows that other rules were at work: nothing is said of first changes', async (t) => {
  const calls = [
    create('f'),
    write('f', 'x'),
    sync('f'),
    create('g', 5),
    'fsync(5</w/g>) = 0',
    ...directorySynced(),
  ];
  const chown = 'fchown(3</w/f>, 1000, 1000) = 0';
  const left = (uid: number): DirectoryTree => {
    const tree = writtenTree();
    const file: TreeNode = {
      kind: 'file',
      identity: 1,
      mode: 0o644,
      content: Content.of(Buffer.from('x')),
      target: null,
    };
    tree.set('f', { ...file, owner: { uid: 1000, gid: 1000 } });
    return tree.set('g', { ...file, identity: 2, owner: { uid, gid: 0 }, content: new Content() });
  };
  t.equal(judgeWritten([...calls, chown, ack()], { final: left(0) }).outcome, 'violation');
  const elsewhere = judgeWritten([...calls, chown, ack()], { final: left(65534) });
  t.equal(elsewhere.outcome, 'unknown');
  t.match(elsewhere.notes.join(), /what it was before is not known: fsync it before the ack/);
  t.equal(judgeWritten([...calls, chown, sync('f'), ack()], { final: left(65534) }).outcome, 'pass');
});

t.test('a list that is handed down makes the mode unknown', async (t) => {
  const lists = [
    'mkdir("d", 0755) = 0',
    'setxattr("d", "system.posix_acl_default", "\\2\\0\\0\\0", 4, 0) = 0',
    create('d/f'),
    'sync() = 0',
    'fchmod(3</w/d/f>, 0600) = 0',
    ack(),
  ];
  t.not(judgeWritten(lists).outcome, 'violation');
});
