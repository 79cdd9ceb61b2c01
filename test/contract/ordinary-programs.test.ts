/** What ordinary programs do to their directory gets a verdict: strange names, sockets, fifos, terminals. */
import t from 'tap';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  pwrite,
  replayWritten,
  sync,
  unlink,
  write,
  writtenLog,
} from './written-trace.js';

const outcome = (calls: readonly string[]): string => judgeWritten(calls).outcome;

t.test('names with quotes, brackets, backslashes, and names that are not UTF-8', async (t) => {
  // As strace prints them: in arguments and behind descriptors.
  const names = [
    ['a\\"b', 'a\\"b'],
    ['x\\377>y\\\\z\\n', 'x\\377\\76y\\\\z\\n'],
    ['\\"', '\\"'],
    ["it's", "it's"],
  ] as const;
  for (const [name, shown] of names) {
    const made = [
      `openat(AT_FDCWD</w>, "${name}", O_WRONLY|O_CREAT, 0644) = 3</w/${shown}>`,
      `write(3</w/${shown}>, "x", 1) = 1`,
      `fsync(3</w/${shown}>) = 0`,
    ];
    t.strictSame(writtenLog(made).faults, [], name);
    t.equal(replayWritten(made).root.entries.size, 1, name);
    t.equal(outcome([...made, ...directorySynced(), ack()]), 'pass', name);
    t.equal(outcome([...made, ack()]), 'violation', name);
  }
  const quoted = '3</w/a"b>';
  const older = [create('a\\"b').replace('3</w/a\\"b>', quoted), `fsync(${quoted}) = 0`];
  t.strictSame(writtenLog(older).faults, [], 'a strace that leaves quotes as they are');
  t.equal(outcome([...older, ...directorySynced(), ack()]), 'pass');
});

t.test('a unix socket is a name in the directory; an abstract one is none', async (t) => {
  const bind = (path: string): string => `bind(5<socket:[1]>, {sa_family=AF_UNIX, sun_path=${path}}, 7) = 0`;
  const file = [create('a'), write('a', 'x'), sync('a')];
  t.equal(outcome([...file, bind('"sock"'), ...directorySynced(), ack()]), 'pass');
  t.ok(replayWritten([bind('"sock"')]).root.entries.has('sock'));
  t.equal(outcome([...file, ...directorySynced(), bind('"sock"'), ack()]), 'violation');
  t.equal(outcome([...file, ...directorySynced(), bind('@"sock"'), ack()]), 'pass');
  const inet =
    'bind(5<socket:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = 0';
  t.equal(outcome([...file, ...directorySynced(), inet, ack()]), 'pass');
});

t.test('a file that was opened by its handle is the one that later calls show', async (t) => {
  const files = { f: '1' };
  const judged = (flags: string, then: string[]): string => {
    const handle = `{handle_bytes=8, handle_type=1, f_handle="\\xc1\\xa4"}`;
    const open = `open_by_handle_at(5</w>, ${handle}, ${flags}) = 4`;
    return judgeWritten([open, pwrite('f', '2', 0, 4), ...then, ack()], { files }).outcome;
  };
  t.equal(judged('O_WRONLY', [sync('f', 'fsync', '0', 4)]), 'pass');
  t.equal(judged('O_WRONLY', []), 'violation');
  t.equal(judged('O_WRONLY|O_DSYNC', []), 'pass', 'each write is synced');
  t.equal(judged('O_WRONLY|O_TRUNC', [sync('f', 'fsync', '0', 4)]), 'unknown', 'it lost what it held');
  const open = (flags: string): string => `open_by_handle_at(5</w>, {f_handle="\\xc1"}, ${flags}) = 4`;
  const written = (flags: string, calls: string[]): string => {
    const { content } = replayWritten([open(flags), ...calls], { f: 'old' }).root.entries.get('f')!;
    return content.read(0, content.size).toString();
  };
  const second = [write('f', 'AB', 4), 'dup(4</w/f>) = 6</w/f>', write('f', 'CD', 6)];
  t.equal(written('O_WRONLY', second), 'ABCD', 'from its start, at one position with its copies');
  t.equal(written('O_WRONLY|O_APPEND', second), 'oldABCD', 'at the end');
  const anew = [close(4), 'openat(AT_FDCWD</w>, "f", O_WRONLY) = 4</w/f>', sync('f', 'fsync', '0', 4)];
  t.equal(judged('O_WRONLY', anew), 'pass', 'synced by another descriptor of that number');
  const gone = [open('O_WRONLY'), unlink('f'), 'write(4</w/f>(deleted), "AB", 2) = 2', ack()];
  t.equal(judgeWritten(gone, { files }).outcome, 'unknown', 'which file it was is not told any more');
});

t.test('a fifo is a name in the directory', async (t) => {
  const fifo = 'mknodat(AT_FDCWD</w>, "fifo", S_IFIFO|0666) = 0';
  t.equal(outcome([fifo, ...directorySynced(), ack()]), 'pass');
  t.equal(outcome([fifo, ack()]), 'violation');
});

t.test('a rename that leaves a whiteout owes both names', async (t) => {
  const file = [create('a'), write('a', 'x'), sync('a'), ...directorySynced()];
  const moved = (to = 'b'): string =>
    `renameat2(AT_FDCWD</w>, "a", AT_FDCWD</w>, "${to}", RENAME_WHITEOUT) = 0`;
  const { entries } = replayWritten([...file, moved()]).root;
  t.equal(entries.get('b')?.content.size, 1);
  t.match(entries.get('a'), { kind: 'special', mode: 0 }, 'a device, with no permissions');
  t.equal(outcome([...file, moved(), ...directorySynced(), ack()]), 'pass');
  t.equal(outcome([...file, moved(), ack()]), 'violation');
  const judged = (to: string, synced: string[]): string =>
    judgeWritten([...file, moved(to), ...synced, ack()], { promises: { files: ['a'] } }).outcome;
  t.equal(judged('b', directorySynced()), 'pass');
  t.equal(judged('b', []), 'violation', 'the whiteout is a name, too');
  const twice = replayWritten([...file, 'link("a", "c") = 0', moved('c')]).root.entries;
  t.equal(twice.get('a')?.kind, 'file', 'two names of one file stay as they are');
});

t.test('standard output that is opened by a name is standard output', async (t) => {
  const file = (then: string[]): string[] => [create('a'), write('a', 'x'), ...then, ...directorySynced()];
  const opened = (path: string): string =>
    `openat(AT_FDCWD</w>, "${path}", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 9<pipe:[1]>`;
  const said = (part: string): string =>
    `write(9<pipe:[1]>, "${part}", ${part.replace('\\', '').length}) = ${part.replace('\\', '').length}`;
  const told = 'write(1<pipe:[1]>, "", 0) = 0';
  for (const [way, again] of [
    ['by its usual name', [opened('/dev/stdout')]],
    ['by its number', [opened('/proc/self/fd/1')]],
    ['by a link to it', [told, opened('/var/log/out')]],
  ] as const) {
    t.equal(outcome([...file([sync('a')]), ...again, said('ack 1\\n')]), 'pass', way);
    t.equal(outcome([...file([]), ...again, said('ack 1\\n')]), 'violation', way);
    t.equal(outcome([...file([]), ...again, said('nothing\\n'), sync('a'), ack('1')]), 'pass', way);
  }
  const parts = ['write(1<pipe:[1]>, "ack", 3) = 3', opened('/dev/stdout'), said(' 1\\n')];
  t.equal(replayWritten([create('a'), ...parts]).acks.length, 1, 'one line, however often it is opened');
  const redirected = [create('log'), 'dup2(3</w/log>, 1<pipe:[1]>) = 1</w/log>'];
  const toFile = 'openat(AT_FDCWD</w>, "/dev/stdout", O_WRONLY|O_CREAT|O_APPEND, 0666) = 9</w/log>';
  const logged = [...redirected, toFile, 'write(9</w/log>, "ack 1\\n", 6) = 6'];
  t.equal(replayWritten(logged).root.entries.get('log')?.content.size, 6, 'what it is by then');
});

t.test('an ack that another process hands on counts from where it was said', async (t) => {
  const begun = [
    create('a'),
    ...directorySynced(),
    'pipe2([5<pipe:[9]>, 6<pipe:[9]>], 0) = 0',
    'clone(child_stack=NULL, flags=SIGCHLD) = 8',
    write('a', 'x'),
  ];
  const said = 'write(6<pipe:[9]>, "ack 1\\n", 6) = 6';
  const next = write('a', 'y');
  const read = '8: read(5<pipe:[9]>, "ack 1\\n", 4096) = 6';
  const printed = '8: write(1<pipe:[1]>, "ack 1\\n", 6) = 6';
  const fsync = sync('a');
  t.equal(outcome([...begun, fsync, said, next, read, printed]), 'pass', 'what came later is not owed');
  t.equal(outcome([...begun, said, fsync, read, printed]), 'violation', 'it was said before the sync');
  const parts = '8: read(5<pipe:[9]>, "ack", 3) = 3';
  const rest = '8: read(5<pipe:[9]>, " 1\\n", 3) = 3';
  const prefixed = '8: write(1<pipe:[1]>, "ack 1\\r\\n", 7) = 7';
  t.equal(outcome([...begun, said, fsync, parts, rest, prefixed]), 'violation', 'in parts, ended otherwise');
  const other = '8: write(1<pipe:[1]>, "ack 2\\n", 6) = 6';
  t.equal(outcome([...begun, said, fsync, read, other]), 'pass', 'another word is its own');
  const log = '8: write(7</var/log/said>, "ack 1\\n", 6) = 6';
  t.equal(outcome([...begun, said, fsync, read, log, printed]), 'violation', 'a log elsewhere');
  for (const [doing, calls] of [
    ['it syncs', [`8: ${fsync}`]],
    ['it writes and syncs', [`8: ${next}`, `8: ${fsync}`]],
    ['another syncs for it', ['8: clone(child_stack=NULL, flags=SIGCHLD) = 9', `9: ${fsync}`]],
    ['it asks another', ['8: sendto(9<socket:[3]>, "now", 3, 0, NULL, 0) = 3', fsync]],
    ['it waits for another', [fsync, '8: read(10<pipe:[11]>, "now", 3) = 3']],
  ] as const)
    t.equal(outcome([...begun, said, read, ...calls, printed]), 'pass', `${doing} before it says it`);
  t.equal(
    outcome([...begun, fsync, said, read, `8: ${next}`, printed]),
    'violation',
    'what it did itself is owed',
  );
  const { acks } = replayWritten([...begun, fsync, said, read, printed]);
  t.match(acks, [{ at: 9, told: 11, until: 11 }]);
});

t.test('what a terminal is asked changes no file', async (t) => {
  const calls = [
    'ioctl(0</dev/pts/0>, SNDCTL_TMR_START or TCSETS, {c_iflag=, c_oflag=NL0|OPOST, c_cflag=B38400|CS8, c_lflag=ECHOK, ...}) = 0',
    'ioctl(0</dev/pts/0>, TCGETS, {c_iflag=ICRNL, c_oflag=, c_cflag=CS8, c_lflag=}) = 0',
    'ioctl(0</dev/pts/0>, SNDCTL_TMR_STOP or TCSETSW, {c_iflag=, ...}) = 0',
  ];
  const log = writtenLog(calls);
  t.strictSame(log.faults, []);
  t.strictSame(
    log.calls.map(({ operation }) => operation.op),
    calls.map(() => 'none'),
  );
});
