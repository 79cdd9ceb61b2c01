import t from 'tap';
import { judgeCalls } from '../../harness/contract/judge-calls.js';
import { replay } from '../../harness/model/replay.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import { parseTraceLog } from '../../harness/syscalls/trace-log.js';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  openDirectory,
  pwrite,
  rename,
  replayWritten,
  sync,
  syncDirectory,
  unlink,
  write,
  writtenLog,
  writtenTree,
} from './written-trace.js';

/** For each rule a pair: what is owed is kept, what is not owed is a finding that names the missing call. */
const properties = (calls: string[], options = {}): string[] =>
  judgeWritten(calls, options).findings.map(({ property }) => property);

t.test('fsync of a file owes its data, not its name', async (t) => {
  const calls = [create('a'), write('a', 'hello'), sync('a'), close(), ack()];
  t.strictSame(properties(calls), ["creat(a) needs fsync(.) before ack 'done'"]);
  t.strictSame(properties([...calls.slice(0, -1), ...directorySynced(), ack()]), []);
});

t.test('fsync of the directory owes the name, not the data', async (t) => {
  const calls = [create('a'), write('a', 'hello'), close(), ...directorySynced(), ack()];
  t.strictSame(properties(calls), ["write(a, 0, 5) needs fsync(a) before ack 'done'"]);
});

t.test('every name on the path is owed', async (t) => {
  const calls = ['mkdir("d", 0777) = 0', create('d/a'), write('d/a', 'x'), sync('d/a'), close()];
  const inner = ['openat(AT_FDCWD</w>, "d", O_RDONLY|O_DIRECTORY) = 4</w/d>', 'fsync(4</w/d>) = 0', close(4)];
  t.strictSame(properties([...calls, ...inner, ack()]), ["mkdir(d) needs fsync(.) before ack 'done'"]);
  t.strictSame(properties([...calls, ...inner, ...directorySynced(), ack()]), []);
  t.strictSame(properties([...calls, ...directorySynced(), ack()]), [
    "creat(d/a) needs fsync(d) before ack 'done'",
  ]);
});

t.test('fdatasync after an append keeps data and size; times are no finding', async (t) => {
  const files = { log: 'one\n' };
  const append = [
    create('log', 3, 'O_WRONLY|O_APPEND'),
    write('log', 'two\\n').replace(', 5)', ', 4)').replace('= 5', '= 4'),
  ];
  const times = 'utimensat(3</w/log>, NULL, NULL, 0) = 0';
  t.strictSame(properties([...append, times, sync('log', 'fdatasync'), ack()], { files }), []);
  t.strictSame(properties([...append, ack()], { files }), [
    "write(log, 4, 4) needs fsync(log) before ack 'done'",
  ]);
});

t.test('a file mode is owed by fsync, not by fdatasync; times are owed by nothing', async (t) => {
  const files = { a: 'hello' };
  const open = create('a', 3, 'O_RDWR');
  const chmod = 'fchmod(3</w/a>, 0600) = 0';
  const owed = ["fchmod(a, 0600) needs fsync(a) before ack 'done'"];
  t.strictSame(properties([open, chmod, ack()], { files }), owed);
  t.match(judgeWritten([open, chmod, ack()], { files }).findings[0]?.lost, ['the mode of a']);
  t.strictSame(properties([open, chmod, sync('a', 'fdatasync'), ack()], { files }), owed);
  t.strictSame(properties([open, chmod, sync('a'), ack()], { files }), []);
  t.strictSame(properties([open, 'fchmod(3</w/a>, 0644) = 0', ack()], { files }), [], 'it had that mode');
  t.strictSame(properties([open, chmod, sync('a'), chmod, ack()], { files }), [], 'and has it already');
  t.strictSame(
    properties([open, chmod, sync('a'), 'chmod("a", S_ISUID|0600) = 0', ack()], { files }),
    ["chmod(a, 04600) needs fsync(a) before ack 'done'"],
    'set-user-ID is part of it',
  );
  const times = 'utimensat(3</w/a>, NULL, NULL, 0) = 0';
  t.strictSame(properties([open, times, ack()], { files }), []);
});

t.test('owner and extended attributes are owed by fsync, not by fdatasync', async (t) => {
  const files = { a: 'hello' };
  const open = create('a', 3, 'O_RDWR');
  const ownership = 'fchown(3</w/a>, 1000, -1) = 0';
  const attribute = 'fsetxattr(3</w/a>, "user.k", "v", 1, 0) = 0';
  const cases = [
    { call: ownership, title: 'fchown(a, 1000, -1)', lost: 'the owner of a' },
    { call: attribute, title: 'fsetxattr(a, user.k)', lost: 'the attribute user.k of a' },
  ];
  for (const { call, title, lost } of cases) {
    const owed = [`${title} needs fsync(a) before ack 'done'`];
    t.strictSame(properties([open, call, ack()], { files }), owed);
    t.match(judgeWritten([open, call, ack()], { files }).findings[0]?.lost, [lost]);
    t.strictSame(properties([open, call, sync('a', 'fdatasync'), ack()], { files }), owed);
    t.strictSame(properties([open, call, sync('a'), ack()], { files }), []);
    t.strictSame(properties([open, call, sync('a'), call, ack()], { files }), [], 'it has it already');
    t.strictSame(properties([ack(), open, call], { files }), [], 'after the ack nobody is owed it');
  }
  const removal = 'fremovexattr(3</w/a>, "user.k") = 0';
  t.strictSame(properties([open, attribute, sync('a'), removal, ack()], { files }), [
    "fremovexattr(a, user.k) needs fsync(a) before ack 'done'",
  ]);
  const second = 'fsetxattr(3</w/a>, "user.l", "v", 1, 0) = 0';
  t.strictSame(
    properties([open, attribute, sync('a'), second, ack()], { files }),
    ["fsetxattr(a, user.l) needs fsync(a) before ack 'done'"],
    'each attribute for itself',
  );
  t.strictSame(properties([open, 'fchown(3</w/a>, 0, 0) = 0', ack()], { files }), [], 'it had that owner');
  const foreign = 'fsetxattr(3</w/a>, "security.capability", "v", 1, 0) = 0';
  t.strictSame(properties([open, foreign, ack()], { files }), [], 'the kernel keeps its own there');
});

t.test(
  'who owned a new file is not known where the user is not: nobody is accused, and it is no pass',
  async (t) => {
    const made = [create('b'), sync('b'), ...directorySynced()];
    const ownership = 'fchown(3</w/b>, 0, 0) = 0';
    const start = {};
    const { outcome, findings } = judgeWritten([...made, ownership, ack()], { start });
    t.equal(outcome, 'unknown');
    t.strictSame(findings, []);
    t.equal(judgeWritten([...made, ownership, sync('b'), ack()], { start }).outcome, 'pass');
    const again = 'fchown(3</w/b>, 1, 1) = 0';
    t.strictSame(properties([...made, ownership, sync('b'), again, ack()], { start }), [
      "fchown(b, 1, 1) needs fsync(b) before ack 'done'",
    ]);
    const attribute = 'fsetxattr(3</w/b>, "user.k", "v", 1, 0) = 0';
    t.strictSame(
      properties([...made, attribute, ack()]),
      ["fsetxattr(b, user.k) needs fsync(b) before ack 'done'"],
      'a new file has no attributes',
    );
  },
);

t.test('the mode of a new file is what the mask leaves of it', async (t) => {
  const made = [create('b'), sync('b'), ...directorySynced()];
  const tighter = 'fchmod(3</w/b>, 0600) = 0';
  const judged = (calls: string[], umask?: number): string[] =>
    judgeCalls(writtenLog(calls).calls, {
      rootPath: '/w',
      initial: writtenTree(),
      final: null,
      acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
      promises: promise.parse({ snapshot: true }),
      models: ['posix'],
      umask,
    }).findings.map(({ property }) => property);
  const owed = ["fchmod(b, 0600) needs fsync(b) before ack 'done'"];
  t.strictSame(judged([...made, tighter, ack()], 0o022), owed);
  t.strictSame(judged([...made, tighter, ack()], 0o077), [], 'that mask had taken the rest');
  t.strictSame(judged([...made, tighter, ack()]), [], 'a mask that is not known accuses nobody');
  t.strictSame(judged(['umask(022) = 077', ...made, tighter, ack()]), owed, 'the program set its own');
  t.strictSame(judged(['umask(077) = 022', ...made, tighter, ack()], 0o022), []);
});

t.test('a log cut in the middle is judged up to the cut, and says so', async (t) => {
  const bad = [create('a'), write('a', 'x'), sync('a'), ack('one')];
  const good = [...bad.slice(0, -1), ...directorySynced(), ack('one')];
  const later = [create('b'), write('b', 'y'), ack('two')];
  const judge = (calls: string[], cutBytes: number): ReturnType<typeof judgeCalls> => {
    const text = calls.map((call, index) => `7 ${index}.0 ${call} <0.1>\n`).join('');
    const log = parseTraceLog(text.slice(0, text.length - cutBytes));
    return judgeCalls(log.calls, {
      rootPath: '/w',
      initial: writtenTree(),
      final: null,
      acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
      promises: promise.parse({ snapshot: true }),
      models: ['posix'],
      log,
    });
  };
  const says = /unknown: the system-call log is cut; what is judged are the calls up to the cut/;
  t.equal(judge([...good, ...later], 0).outcome, 'violation');
  const kept = judge([...good, ...later], 20);
  t.match(kept, { outcome: 'unknown', findings: [], acks: [{ text: 'one' }] }, 'the second ack is cut off');
  t.match(kept.notes, [says]);
  const broken = judge([...bad, ...later], 20);
  t.equal(broken.outcome, 'violation', 'what is broken before the cut stays broken');
  t.match(broken.findings, [{ property: "creat(a) needs fsync(.) before ack 'one'" }]);
  t.match(broken.notes, [says]);
});

t.test('a call in which its process was killed may have done its work', async (t) => {
  const lines = (written: string): string[] => [
    '7 1.0 clone(child_stack=NULL, flags=SIGCHLD) = 8 <0.1>',
    `8 2.0 ${create('a', 3, 'O_WRONLY')} <0.1>`,
    `8 3.0 ${written}`,
    '8 4.0 +++ killed by SIGKILL +++',
    `7 5.0 ${ack()} <0.1>`,
    '',
  ];
  const judge = (written: string): ReturnType<typeof judgeCalls> => {
    const log = parseTraceLog(lines(written).join('\n'));
    return judgeCalls(log.calls, {
      rootPath: '/w',
      initial: writtenTree({ a: 'aaaa' }),
      final: null,
      acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
      promises: promise.parse({ snapshot: true }),
      models: ['posix'],
      log,
    });
  };
  const cut = judge('write(3</w/a>, "bb", 2) = ?');
  t.equal(cut.outcome, 'unknown');
  t.match(cut.notes, [/unknown for a: write never returned/]);
  t.equal(judge('read(3</w/a>,  <unfinished ...>) = ?').outcome, 'pass', 'a read changes nothing');
});

t.test('a call in which its process was killed is judged as done and as not done', async (t) => {
  const files = { a: 'aaaa', b: 'b' };
  const judge = (killed: string, then: string[], left: Record<string, string>) => {
    const lines = [
      '7 1.0 clone(child_stack=NULL, flags=SIGCHLD) = 8 <0.1>',
      `8 1.1 ${create('a', 3, 'O_WRONLY')} <0.1>`,
      `8 1.2 ${killed}`,
      '8 1.3 +++ killed by SIGKILL +++',
      `7 1.4 ${create('a', 3, 'O_WRONLY')} <0.1>`,
      ...then.map((call) => `7 2.0 ${call} <0.1>`),
      '',
    ];
    const final = writtenTree(left);
    const log = parseTraceLog(lines.join('\n'));
    return judgeCalls(log.calls, {
      ...{ rootPath: '/w', initial: writtenTree(files), final, log, models: ['posix'] },
      acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
      promises: promise.parse({ snapshot: true }),
    });
  };
  const written = 'write(3</w/a>, "bbbb", 4) = ?';
  const anew = [pwrite('a', 'cccc', 0), sync('a')];
  const moved = 'rename("b", "c") = ?';
  const pages = 'x'.repeat(3 * 4096);
  const cut = `write(3</w/a>, "${pages}", ${pages.length}) = ?`;
  const cases: [of: string, outcome: string, ...Parameters<typeof judge>][] = [
    ['it was done, and is lost', 'violation', written, [ack()], { a: 'bbbb', b: 'b' }],
    ['it was done, and synced by another', 'pass', written, [sync('a'), ack()], { a: 'bbbb', b: 'b' }],
    ['it was not done', 'pass', written, [ack()], files],
    ['done or not, it is written anew and synced', 'pass', written, [...anew, ack()], { a: 'cccc', b: 'b' }],
    [
      'done or not, what is written anew is lost',
      'violation',
      written,
      [anew[0]!, ack()],
      { a: 'cccc', b: 'b' },
    ],
    ['it matters, and nobody can tell', 'unknown', written, [ack(), ...anew], { a: 'cccc', b: 'b' }],
    ['the name was moved', 'violation', moved, [ack()], { a: 'aaaa', c: 'b' }],
    ['the name was moved, and synced', 'pass', moved, [...directorySynced(), ack()], { a: 'aaaa', c: 'b' }],
    ['the name was not moved', 'pass', moved, [ack()], files],
    ['the first of three pages was written', 'violation', cut, [ack()], { a: pages.slice(0, 4096), b: 'b' }],
    ['the first two, and synced', 'pass', cut, [sync('a'), ack()], { a: pages.slice(0, 8192), b: 'b' }],
    ['what was left is none of that', 'unknown', cut, [ack()], { a: 'xxxa', b: 'b' }],
    ['emptied', 'violation', 'ftruncate(3</w/a>, 0) = ?', [ack()], { a: '', b: 'b' }],
    ['removed, and may be back: nothing is lost', 'pass', 'unlink("b") = ?', [ack()], { a: 'aaaa' }],
    ['not removed', 'pass', 'unlink("b") = ?', [ack()], files],
  ];
  for (const [of, outcome, ...what] of cases) {
    const judged = judge(...what);
    t.equal(judged.outcome, outcome, `${of}: ${judged.notes.join('; ')}`);
  }
  const { superfluous } = judge(written, [...anew, sync('a'), ack()], { a: 'cccc', b: 'b' }).explanations[0]!;
  t.strictSame(superfluous, [], 'no advice while it is not known what was done');
  const { repair } = judge(written, [anew[0]!, ack()], { a: 'cccc', b: 'b' }).explanations[0]!;
  t.equal(repair, null, 'and no repair, which would be judged again in one of both courses');
});

/** What a child does that changes nothing, its own child's part included. */
const harmless = [
  '8 close(0</dev/null>) = 0',
  '8 openat(AT_FDCWD</w>, "/dev/null", O_RDONLY) = 0</dev/null>',
  '8 openat(AT_FDCWD</w>, "a", O_RDONLY|O_CLOEXEC) = 4</w/a>',
  '8 dup2(4</w/a>, 5) = 5</w/a>',
  '8 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD) = 9',
  '9 read(5</w/a>, "aaaa", 832) = 4',
  '9 execve("/usr/bin/sleep", ["sleep", "3000"], 0x55 /* 39 vars */) = 0',
  '9 mmap(NULL, 8192, PROT_READ|PROT_EXEC, MAP_PRIVATE, 6</usr/lib/libc.so.6>, 0x26000) = 0x7f9d76ff5000',
  '9 mmap(NULL, 4, PROT_READ, MAP_SHARED, 5</w/a>, 0) = 0x7f9d76ff6000',
  '9 close(5</w/a>) = 0',
  '8 vfork() = 10',
  '10 close(5</w/a>) = 0',
];

/** The same, killed after so many lines, or in the call that the next one is, as strace may tell it. */
function killedAfter(whole: number, form: (pid: string, head: string) => string[]): string[] {
  const [pid = '', head = ''] = /^(\d+) (.*) = /.exec(harmless[whole] ?? '')?.slice(1) ?? [];
  const lines = [...harmless.slice(0, whole), ...(head === '' ? [] : form(pid, head.slice(0, -1)))];
  const pids = new Set(['8', ...lines.map((line) => /^\d+/.exec(line)![0])]);
  return [...lines, ...[...pids].map((each) => `${each} +++ killed by SIGKILL +++`)];
}

t.test('a child that changed nothing may be killed at any point of any call', async (t) => {
  const judge = (childs: string[]): ReturnType<typeof judgeCalls> => {
    const log = parseTraceLog(
      [
        `7 ${create('b')}`,
        '7 clone(child_stack=NULL, flags=SIGCHLD) = 8',
        ...childs,
        `7 ${write('b', 'x')}`,
        `7 ${sync('b')}`,
        ...directorySynced().map((call) => `7 ${call}`),
        `7 ${ack('one')}`,
      ]
        .map((line) => {
          const took = line.endsWith('+++') || /<unfinished \.\.\.>$|= \?$/.test(line) ? '' : ' <0.1>';
          return `${line.replace(' ', ' 1.0 ')}${took}\n`;
        })
        .join(''),
    );
    return judgeCalls(log.calls, {
      rootPath: '/w',
      initial: writtenTree({ a: 'aaaa' }),
      final: null,
      acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
      promises: promise.parse({ snapshot: true }),
      models: ['posix'],
      log,
    });
  };
  const forms: Record<string, Parameters<typeof killedAfter>[1]> = {
    'between calls': () => [],
    unfinished: (pid, head) => [`${pid} ${head} <unfinished ...>`],
    'never returned': (pid, head) => [`${pid} ${head}) = ?`],
    resumed: (pid, head) => {
      const name = /^\w+/.exec(head)![0];
      return [`${pid} ${head} <unfinished ...>`, `${pid} <... ${name} resumed> <unfinished ...>) = ?`];
    },
    untold: (pid) => [`${pid} ???( <unfinished ...>`, `${pid} <... ??? resumed>) = ?`],
    'left over': (pid) => [`${pid} syscall_0x7f9d76ff5000(0, 0x2f, 0x1, 0x2, 0x3, 0 <unfinished ...>`],
    'with a child that nobody announced': (pid, head) =>
      /^(clone|vfork)/.test(head)
        ? [`${pid} ${head}) = ?`, '11 close(5</w/a>) = 0', '11 openat(AT_FDCWD</w>, "b", O_RDONLY) = 5</w/b>']
        : [],
    'with a child that only ends': (pid, head) =>
      /^(clone|vfork)/.test(head) ? [`${pid} ${head} <unfinished ...>`, '11 +++ killed by SIGKILL +++'] : [],
  };
  for (const [name, form] of Object.entries(forms))
    for (let whole = 0; whole <= harmless.length; whole++) {
      const { outcome, notes, history } = judge(killedAfter(whole, form));
      t.strictSame(
        { outcome, notes, doubts: history.doubts },
        { outcome: 'pass', notes: [], doubts: [] },
        `${name}, after ${whole} lines`,
      );
    }
  const two = ['8 vfork() = 9', '8 vfork() = ?', '9 vfork() = ?', '13 close(5</w/a>) = 0'];
  t.equal(judge(two).outcome, 'pass', 'whose child 13 is makes no difference');
  const opened = '8 openat(AT_FDCWD</w>, "a", O_RDONLY) = 4</w/a>';
  const { outcome, notes } = judge([two[0]!, opened, ...two.slice(1)]);
  t.match({ outcome, notes }, { outcome: 'unknown', notes: [/came from nowhere/] }, 'whose child is 13?');
});

t.test('nothing is durable because a process was killed while it synced it', async (t) => {
  for (const killed of [
    ['8 3.0 fsync(3</w/a>) = ?'],
    ['8 3.0 fsync(3</w/a> <unfinished ...>'],
    ['8 3.0 fsync(3</w/a>) = ? <unavailable>'],
    ['8 3.0 fsync(3</w/a> <unfinished ...>', '8 3.1 <... fsync resumed>) = ?'],
    ['8 3.0 fsync(3</w/a>) = 0 <0.1>'],
  ]) {
    const log = parseTraceLog(
      [
        '7 1.0 clone(child_stack=NULL, flags=SIGCHLD) = 8 <0.1>',
        `8 2.0 ${create('a', 3, 'O_WRONLY')} <0.1>`,
        `8 2.1 ${write('a', 'bbbb')} <0.1>`,
        ...killed,
        '8 4.0 +++ killed by SIGKILL +++',
        `7 5.0 ${ack()} <0.1>`,
        '',
      ].join('\n'),
    );
    const { outcome } = judgeCalls(log.calls, {
      rootPath: '/w',
      initial: writtenTree({ a: 'aaaa' }),
      final: null,
      acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
      promises: promise.parse({ snapshot: true }),
      models: ['posix'],
      log,
    });
    t.equal(outcome, killed[0]!.includes('= 0') ? 'pass' : 'violation', killed.join(' / '));
  }
});

t.test('bytes from a pipe are those that were written to it', async (t) => {
  const files = { a: '' };
  const pipe = 'pipe2([4<pipe:[9]>, 5<pipe:[9]>], O_CLOEXEC) = 0';
  const fill = 'write(5<pipe:[9]>, "hello world", 11) = 11';
  const open = create('a', 3, 'O_WRONLY');
  const splice = (count: number): string => `splice(4<pipe:[9]>, NULL, 3</w/a>, NULL, 4096, 0) = ${count}`;
  const content = (...calls: string[]): { text: string; opaque: string | undefined } => {
    const { root } = replayWritten(calls, files);
    const inode = root.entries.get('a')!;
    return { text: inode.content.bytes().toString(), opaque: inode.opaque?.reason };
  };
  const known = (text: string): unknown => ({ text, opaque: undefined });
  t.strictSame(content(pipe, fill, open, splice(11)), known('hello world'));
  t.strictSame(content(pipe, fill, open, splice(5), splice(6)), known('hello world'));
  const read = 'read(4<pipe:[9]>, "hello ", 6) = 6';
  t.strictSame(content(pipe, fill, open, read, splice(5)), known('world'), 'what a read took is gone');
  const fromFile = 'splice(3</w/b>, [1], 5<pipe:[9]>, NULL, 3, 0) = 3';
  const { root } = replayWritten(
    [pipe, create('b', 3, 'O_RDONLY'), fromFile, create('a', 3, 'O_WRONLY'), splice(3)],
    { a: '', b: 'abcdef' },
  );
  t.equal(
    root.entries.get('a')!.content.bytes().toString(),
    'bcd',
    'from a file into the pipe, and out again',
  );
  const unknown = { opaque: 'splice copied bytes that are not in the trace' };
  t.match(content(fill, open, splice(11)), unknown, 'a pipe from outside');
  t.match(content(pipe, open, splice(11)), unknown, 'more than anybody wrote');
  t.match(content(pipe, fill, 'tee(4<pipe:[9]>, 6<pipe:[8]>, 11, 0) = 11', open, splice(11)), unknown);
  const cut = 'write(5<pipe:[9]>, "hello"..., 11) = 11';
  t.match(content(pipe, cut, open, splice(11)), unknown, 'a payload that is cut short');
});

t.test('two writers at a pipe at once: their order is not known', async (t) => {
  const log = (second: string): ReturnType<typeof parseTraceLog> =>
    parseTraceLog(
      [
        '7 1.0 pipe2([4<pipe:[9]>, 5<pipe:[9]>], 0) = 0 <0.1>',
        '7 2.0 clone(child_stack=NULL, flags=SIGCHLD) = 8 <0.1>',
        '7 3.0 write(5<pipe:[9]>, "one", 3 <unfinished ...>',
        `8 4.0 ${second} <0.1>`,
        '7 5.0 <... write resumed>) = 3 <0.1>',
        `7 6.0 ${create('a')} <0.1>`,
        '7 7.0 splice(4<pipe:[9]>, NULL, 3</w/a>, NULL, 3, 0) = 3 <0.1>',
        '',
      ].join('\n'),
    );
  const opaque = (second: string): boolean => {
    const options = { rootPath: '/w', initial: writtenTree(), acks: { stdout: null, socket: null } };
    return replay(log(second).calls, options).root.entries.get('a')!.opaque !== null;
  };
  t.equal(opaque('write(5<pipe:[9]>, "two", 3) = 3'), true);
  t.equal(opaque('getdents(5</w>, 1) = 3'), false);
});

t.test('a write on an O_SYNC descriptor is durable, and owes nothing else', async (t) => {
  const files = { a: 'aaaaaaaaaa' };
  const durable = create('a', 5, 'O_WRONLY|O_SYNC');
  t.strictSame(properties([durable, pwrite('a', 'xx', 0, 5), ack()], { files }), [], 'its own bytes');
  t.strictSame(
    properties([create('a'), pwrite('a', 'yy', 4), durable, pwrite('a', 'xx', 0, 5), ack()], { files }),
    ["write(a, 4, 2) needs fsync(a) before ack 'done'"],
    'not an earlier dirty page',
  );
  t.strictSame(
    properties([create('b', 5, 'O_WRONLY|O_CREAT|O_SYNC'), write('b', 'xx', 5), ack()]),
    ["creat(b) needs fsync(.) before ack 'done'"],
    'not the name',
  );
  t.strictSame(
    properties(['truncate("a", 5) = 0', durable, pwrite('a', 'xx', 0, 5), ack()], { files }),
    ["truncate(a, 5) needs fsync(a) before ack 'done'"],
    'not a truncation',
  );
  t.strictSame(
    properties([create('a', 5, 'O_WRONLY|O_DSYNC'), pwrite('a', 'xx', 10, 5), ack()], { files }),
    [],
    'O_DSYNC keeps the size that its data needs',
  );
  const flagged = 'pwritev2(3</w/a>, [{iov_base="xx", iov_len=2}], 1, 0, RWF_DSYNC) = 2';
  t.strictSame(properties([create('a'), flagged, ack()], { files }), [], 'RWF_DSYNC');
  t.strictSame(properties([create('a'), flagged.replace('RWF_DSYNC', '0'), ack()], { files }).length, 1);
});

t.test('a failed fsync covers nothing, now or later', async (t) => {
  const start = [create('a'), write('a', 'hello')];
  const failed = sync('a', 'fsync', '-1 EIO (Input/output error)');
  const twice = [...start, failed, sync('a'), close(), ...directorySynced(), ack()];
  const [finding, ...others] = judgeWritten(twice).findings;
  t.equal(finding?.kind, 'fsync_error');
  t.match(
    finding?.property,
    /fsync\(a\) failed with EIO: write\(a, 0, 5\) may never become durable, yet ack 'done' followed/,
  );
  t.strictSame(others, []);
  t.strictSame(
    properties([...start, failed, pwrite('a', 'hello', 0), sync('a'), close(), ...directorySynced(), ack()]),
    properties(twice),
    'writing the bytes again leaves the size in doubt that the failed fsync had covered',
  );
  const anew = [
    create('b'),
    write('b', 'hello'),
    sync('b'),
    close(),
    rename('b', 'a'),
    ...directorySynced(),
    ack(),
  ];
  t.strictSame(properties([...start, failed, close(), ...anew]), [], 'a new file does');
});

t.test('an fsync that did not happen makes nothing durable, and loses nothing either', async (t) => {
  for (const errno of ['EBADF', 'EINVAL', 'EROFS', 'EINTR']) {
    const failed = sync('a', 'fsync', `-1 ${errno} (...)`);
    const calls = [create('a'), write('a', 'hello'), failed];
    t.strictSame(
      properties([...calls, close(), ...directorySynced(), ack()]),
      ["write(a, 0, 5) needs fsync(a) before ack 'done'"],
      errno,
    );
    t.strictSame(
      properties([...calls, sync('a'), close(), ...directorySynced(), ack()]),
      [],
      `${errno}, then success`,
    );
  }
  const restarted = sync('a', 'fsync', '? ERESTARTSYS (To be restarted if SA_RESTART is set)');
  t.equal(properties([create('a'), write('a', 'hello'), restarted, ...directorySynced(), ack()]).length, 1);
});

t.test('sync_file_range and close owe nothing; sync and syncfs owe everything', async (t) => {
  const calls = [create('a'), write('a', 'hello')];
  const range = 'sync_file_range(3</w/a>, 0, 0, SYNC_FILE_RANGE_WRITE) = 0';
  t.equal(properties([...calls, range, close(), ...directorySynced(), ack()]).length, 1);
  t.strictSame(properties([...calls, 'sync() = 0', ack()]), []);
  t.strictSame(properties([...calls, 'syncfs(3</w/a>) = 0', ack()]), []);
});

t.test(
  'an fsync in flight covers only what had returned before it began, and only once it returns',
  async (t) => {
    const log = parseTraceLog(
      [
        `7 1.0 clone(child_stack=NULL, flags=CLONE_VM|CLONE_FILES|CLONE_FS|CLONE_THREAD) = 8 <0.1>`,
        `7 2.0 ${create('a')} <0.1>`,
        `7 3.0 fsync(3</w/a> <unfinished ...>`,
        `8 4.0 ${write('a', 'hello')} <0.1>`,
        `7 5.0 <... fsync resumed>) = 0 <0.1>`,
        `7 6.0 ${ack()} <0.1>`,
        '',
      ].join('\n'),
    );
    const { findings } = judgeCalls(log.calls, {
      rootPath: '/w',
      initial: writtenTree({ a: '' }),
      final: null,
      acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
      promises: promise.parse({ snapshot: true }),
      models: ['posix'],
    });
    t.match(findings[0]?.property, /^write\(a, 0, 5\) needs fsync\(a\)/);
  },
);

t.test('rename: the data before the name, the name before the ack', async (t) => {
  const files = { config: 'old' };
  const promises = { snapshot: true, atomic: ['config'] };
  const start = [create('tmp'), write('tmp', 'newer')];
  const right = [...start, sync('tmp'), close(), rename('tmp', 'config'), ...directorySynced(), ack()];
  t.strictSame(properties(right, { files, promises }), []);
  const unsynced = right.filter((call) => call !== sync('tmp'));
  t.strictSame(properties(unsynced, { files, promises }), [
    'write(tmp, 0, 5) needs fsync(tmp) before rename(tmp, config)',
  ]);
  t.strictSame(
    properties([...start, sync('tmp'), close(), rename('tmp', 'config'), ack()], { files, promises }),
    ["rename(tmp, config) needs fsync(.) before ack 'done'"],
  );
});

t.test('atomic: in place, or with a gap, is neither old nor new', async (t) => {
  const files = { config: 'old' };
  const promises = { atomic: ['config'] };
  const inPlace = [
    create('config', 3, 'O_WRONLY|O_TRUNC'),
    write('config', 'newer'),
    sync('config'),
    close(),
  ];
  t.match(properties(inPlace, { files, promises }), [
    /^config is changed in place by open\(config, O_TRUNC\), write\(config, 0, 5\)/,
  ]);
  const gap = [
    create('tmp'),
    write('tmp', 'newer'),
    sync('tmp'),
    close(),
    unlink('config'),
    rename('tmp', 'config'),
  ];
  t.match(properties(gap, { files, promises }), [/^unlink\(config\) leaves no config/]);
});

t.test('atomic: a file renamed while still being written', async (t) => {
  const files = { config: 'old' };
  const promises = { atomic: ['config'] };
  const early = [
    create('tmp'),
    write('tmp', 'ne'),
    sync('tmp'),
    rename('tmp', 'config'),
    write('config', 'wer'),
    sync('config'),
    close(),
  ];
  t.equal(properties(early, { files, promises }).length, 1);
  const whole = [create('tmp'), write('tmp', 'newer'), sync('tmp'), rename('tmp', 'config'), close()];
  t.strictSame(properties(whole, { files, promises }), []);
});

t.test('darwin: fsync reaches the drive only; F_FULLFSYNC reaches the medium', async (t) => {
  const full = (name: string, fd: number): string =>
    `fcntl(${fd}</w${name}>, 0x33 /* F_??? */, 0) = -1 EINVAL (Invalid argument)`;
  const plain = [create('a'), write('a', 'hello'), sync('a'), close(), ...directorySynced(), ack()];
  t.strictSame(properties(plain, { models: ['posix'] }), []);
  t.strictSame(properties(plain, { models: ['darwin'] }), [
    "creat(a) needs fcntl(F_FULLFSYNC)(.) before ack 'done'",
    "write(a, 0, 5) needs fcntl(F_FULLFSYNC)(a) before ack 'done'",
  ]);
  const strong = [
    create('a'),
    write('a', 'hello'),
    full('/a', 3),
    close(),
    openDirectory(),
    full('', 4),
    ack(),
  ];
  t.strictSame(properties(strong, { models: ['darwin'] }), []);
  t.equal(properties(strong, { models: ['posix'] }).length, 2, 'on Linux it does not exist');
  const handedOver = [
    create('a'),
    write('a', 'hello'),
    sync('a'),
    openDirectory(),
    syncDirectory(),
    full('', 4),
    ack(),
  ];
  t.strictSame(
    properties(handedOver, { models: ['darwin'] }),
    [],
    'it takes along what fsync handed to the drive',
  );
});

t.test(
  'file systems give more than posix: the name with the file, everything with a sync mount',
  async (t) => {
    const nameless = [create('a'), write('a', 'hello'), sync('a'), close(), ack()];
    const expected: Record<string, number> = {
      posix: 1,
      ext2: 1,
      'linux-ext4-ordered': 0,
      'linux-ext4-writeback': 0,
      xfs: 0,
      btrfs: 0,
      'ext2-sync': 0,
    };
    for (const [model, findings] of Object.entries(expected)) {
      t.equal(properties(nameless, { models: [model] }).length, findings, model);
    }
    const unsynced = [create('a'), write('a', 'hello'), close(), ack()];
    t.strictSame(properties(unsynced, { models: ['ext2-sync'] }), []);
    t.equal(properties(unsynced, { models: ['btrfs'] }).length, 2);
  },
);

t.test('snapshot: what the program changes after the ack is its own business', async (t) => {
  const files = { a: 'hello' };
  t.strictSame(properties([ack(), create('a', 3, 'O_WRONLY|O_TRUNC'), write('a', 'new')], { files }), []);
  t.strictSame(properties([ack(), unlink('a')], { files }), []);
  t.strictSame(
    properties([unlink('a'), ack()], { files }),
    [],
    'a removed name that comes back loses nothing',
  );
  t.strictSame(
    properties([create('a'), write('a', 'hello'), ack()], { files }),
    [],
    'the same bytes again lose nothing',
  );
});

t.test('files: only those named, and the names that lead to them', async (t) => {
  const calls = [create('a'), write('a', 'x'), close(), create('b'), write('b', 'y'), close(), ack()];
  t.strictSame(properties(calls, { promises: { files: ['b'] } }), [
    "creat(b) needs fsync(.) before ack 'done'",
    "write(b, 0, 1) needs fsync(b) before ack 'done'",
  ]);
  t.strictSame(properties(calls, { promises: { files: ['*.db'] } }), []);
});

t.test('a loop is one finding, its repair one place', async (t) => {
  const calls = Array.from({ length: 20 }, (_, turn) => [
    create(`note${turn}`),
    write(`note${turn}`, 'x'),
    sync(`note${turn}`),
    close(),
    ack(`note ${turn}`),
  ]).flat();
  const { findings, explanations } = judgeWritten(calls);
  t.equal(findings.length, 1);
  t.match(findings[0]?.lost.at(-1), /and 12 more like these/);
  t.strictSame(explanations[0]?.repair, {
    additions: ["fsync(.) before ack 'note 0' and 19 more like it"],
    verified: true,
  });
});

t.test('the repair is as small as it can be, and superfluous calls are named', async (t) => {
  const files = { config: 'old' };
  const promises = { snapshot: true, atomic: ['config'] };
  const calls = [create('tmp'), write('tmp', 'newer'), close(), rename('tmp', 'config'), ack()];
  t.strictSame(judgeWritten(calls, { files, promises }).explanations[0]?.repair, {
    additions: ["fsync(.) before ack 'done'", 'fsync(tmp) before rename(tmp, config)'],
    verified: true,
  });
  const twice = [
    create('a'),
    write('a', 'x'),
    sync('a'),
    sync('a', 'fdatasync'),
    close(),
    ...directorySynced(),
    ack(),
  ];
  t.equal(judgeWritten(twice).explanations[0]?.superfluous.length, 1);
});

t.test('what cannot be seen is unknown for the files concerned, and for them only', async (t) => {
  const map = 'mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3</w/a>, 0) = 0x7f0000000000';
  const files = { a: 'aaaa', b: 'bbbb' };
  const mapped = judgeWritten([create('a', 3, 'O_RDWR'), map, close(), ack()], { files });
  t.equal(mapped.outcome, 'unknown');
  t.match(mapped.notes, [/unknown for a: it is mapped for writing/]);
  const other = judgeWritten([create('a', 3, 'O_RDWR'), map, close(), ack()], {
    files,
    promises: { files: ['b'] },
  });
  t.equal(other.outcome, 'pass');
  const reading = [create('a', 3, 'O_RDWR'), map.replace('PROT_READ|PROT_WRITE', 'PROT_READ'), ack()];
  t.equal(judgeWritten(reading, { files }).outcome, 'pass');
  const later = [...reading.slice(0, 2), 'mprotect(0x7f0000000000, 4096, PROT_READ|PROT_WRITE) = 0', ack()];
  t.equal(judgeWritten(later, { files }).outcome, 'unknown', 'made writable later');
  const ring = judgeWritten(['io_uring_setup(8, {flags=0}) = 5', ack()], { files });
  t.equal(ring.outcome, 'unknown');
  const strange = judgeWritten(['frobnicate(3</w/a>, 1) = 0', ack()], { files });
  t.match(strange.notes, [/unknown for a: frobnicate is not a call this program knows/]);
  t.equal(
    judgeWritten(['frobnicate(3</w/a>, 1) = -1 ENOSYS (Function not implemented)', ack()], { files }).outcome,
    'pass',
  );
});

t.test('without an ack nothing is promised', async (t) => {
  const { outcome, notes } = judgeWritten([create('a'), write('a', 'x')]);
  t.equal(outcome, 'pass');
  t.match(notes, [/no ack was seen/]);
});
