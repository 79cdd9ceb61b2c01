import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { parseTraceLog, readTraceLog } from '../../harness/syscalls/trace-log.js';

const log = (...lines: string[]): ReturnType<typeof parseTraceLog> =>
  parseTraceLog(lines.map((line) => `${line}\n`).join(''));

t.test('a whole call', async (t) => {
  const { calls, faults, cut } = log(
    '7 1795312785.214076937 openat(AT_FDCWD</w>, "m", O_RDWR|O_CREAT, 0777) = 3</w/m> <0.000045087>',
  );
  t.strictSame(faults, []);
  t.notOk(cut);
  const [call] = calls;
  t.equal(call?.pid, 7);
  t.equal(call?.startNs, 1795312785214076937n);
  t.equal(call?.endNs, 1795312785214122024n);
  t.strictSame(call?.result, { kind: 'value', value: 3, file: { path: '/w/m', deleted: false } });
  t.strictSame(call?.operation, {
    op: 'open',
    at: { directory: null, currentDirectory: '/w', path: 'm', noFollow: false, emptyPath: false },
    flags: new Set(['O_RDWR', 'O_CREAT']),
    mode: 0o777,
  });
});

t.test('results: values, errors, restarts, injected, none', async (t) => {
  const results = log(
    '7 1.0 fsync(3</w/a>) = 0 <0.1>',
    '7 2.0 fsync(99) = -1 EBADF (Bad file descriptor) <0.1>',
    '7 3.0 fsync(3</w/a>) = ? ERESTARTSYS (To be restarted if SA_RESTART is set) <0.1>',
    '7 4.0 fsync(3</w/a>) = -1 EIO (Input/output error) (INJECTED) <0.1>',
    '7 5.0 fcntl(3</w/a>, F_GETFL) = 0x8000 (flags O_RDONLY|O_LARGEFILE) <0.1>',
    '7 6.0 openat(AT_FDCWD</w>, ".", O_RDWR|O_TMPFILE, 0600) = 5</w/#12>(deleted) <0.1>',
    '7 7.0 execve("/bin/true", ["true"], 0x7ffe /* 3 vars */) = 0 <0.1>',
  );
  t.strictSame(results.faults, []);
  t.strictSame(
    results.calls.map(({ result }) =>
      result.kind === 'error' ? result.errno : result.kind === 'value' ? result.value : null,
    ),
    [0, 'EBADF', 'ERESTARTSYS', 'EIO', 0x8000, 5, 0],
  );
  t.equal(results.calls[5]?.result.kind === 'value' && results.calls[5].result.file?.deleted, true);
});

t.test('calls that another thread interrupts are joined, in the order of their returns', async (t) => {
  const { calls, faults, cut } = log(
    '7 1.0 fsync(3</w/a> <unfinished ...>',
    '8 2.0 write(4</w/b>, "x", 1) = 1 <0.1>',
    '8 3.0 read(5</w/c>,  <unfinished ...>',
    '7 4.0 <... fsync resumed>) = 0 <3.0>',
    '8 5.0 <... read resumed>"data <unfinished ...>", 100) = 21 <2.0>',
  );
  t.strictSame(faults, []);
  t.notOk(cut);
  t.strictSame(
    calls.map(({ name, enter, exit }) => [name, enter, exit]),
    [
      ['write', 2, 2],
      ['fsync', 1, 4],
      ['read', 3, 5],
    ],
  );
});

t.test('payloads keep every byte', async (t) => {
  const { calls } = log(
    '7 1.0 write(3</w/a>, "he\\0llo\\0017\\n\\t\\"\\\\\\303\\251", 13) = 13 <0.1>',
    '7 2.0 write(3</w/a>, "\\x00\\xff", 2) = 2 <0.1>',
    '7 3.0 pwritev(3</w/a>, [{iov_base="ab", iov_len=2}, {iov_base="", iov_len=0}, {iov_base="c", iov_len=1}], 3, 8) = 3 <0.1>',
    '7 4.0 write(3</w/a>, "abc"..., 4000) = 4000 <0.1>',
  );
  const payloads = calls.map(({ operation }) => (operation.op === 'write' ? operation.payload : undefined));
  t.strictSame(payloads[0], Buffer.from('he\0llo\x017\n\t"\\é'));
  t.strictSame(payloads[1], Buffer.from([0, 255]));
  t.strictSame(payloads[2], Buffer.from('abc'));
  t.equal(payloads[3], null, 'a payload that is cut short is not taken for the whole');
});

t.test('paths with odd bytes', async (t) => {
  const { calls, faults } = log(
    '7 1.0 rename("a>b\\1\\303\\251.txt", "line\\nbreak, )") = 0 <0.1>',
    '7 2.0 fsync(3</w/a\\76b\\1\\303\\251.txt>) = 0 <0.1>',
  );
  t.strictSame(faults, []);
  const [rename, fsync] = calls.map(({ operation }) => operation);
  t.equal(rename?.op === 'rename' && Buffer.from(rename.from.path, 'latin1').toString(), 'a>b\x01é.txt');
  t.equal(rename?.op === 'rename' && rename.to.path, 'line\nbreak, )');
  t.equal(
    fsync?.op === 'sync' && Buffer.from(fsync.file.describedAs ?? '', 'latin1').toString(),
    '/w/a>b\x01é.txt',
  );
});

t.test('signals, ends, stacks', async (t) => {
  const { calls, faults } = log(
    '7 1.0 --- SIGCHLD {si_signo=SIGCHLD} ---',
    '7 2.0 fsync(3</w/a>) = 0 <0.1>',
    ' > /usr/lib/libc.so.6(fsync+0x17) [0x1]',
    ' > /opt/prog(save+0x1a) [0x2]',
    '7 3.0 exit_group(0) = ?',
    '7 4.0 +++ exited with 0 +++',
  );
  t.strictSame(faults, []);
  t.strictSame(calls[0]?.stack.length, 2);
  t.strictSame(calls.at(-1)?.operation, { op: 'exit' });
});

t.test('a log cut in the middle says so', async (t) => {
  const whole = '7 1.0 write(3</w/a>, "x", 1) = 1 <0.1>\n7 2.0 fsync(3</w/a>) = 0 <0.1>\n';
  t.equal(parseTraceLog(whole).cut, false);
  const inLine = parseTraceLog(whole.slice(0, -8));
  t.equal(inLine.cut, true);
  t.equal(inLine.calls.length, 1);
  const inCall = log('7 1.0 write(3</w/a>, "x", 1) = 1 <0.1>', '7 2.0 fsync(3</w/a> <unfinished ...>');
  t.equal(inCall.cut, true);
  t.equal(inCall.calls[1]?.exit, Number.POSITIVE_INFINITY);
  const killed = log('7 2.0 fsync(3</w/a> <unfinished ...>', '7 3.0 +++ killed by SIGKILL +++');
  t.equal(killed.cut, false, 'a process killed in a call is no cut');
});

t.test('calls in which a process was killed, in every form strace gives them', async (t) => {
  const { calls, faults, cut } = log(
    '7 1.0 read(3<pipe:[1]>,  <unfinished ...>',
    '8 2.0 openat(AT_FDCWD</w>, "a", O_RDONLY) = ? <unavailable>',
    '7 3.0 <... read resumed> <unfinished ...>) = ?',
    '9 4.0 read(4</w/b>,  <unfinished ...>) = ?',
    '7 5.0 +++ killed by SIGKILL +++',
  );
  t.strictSame(faults, []);
  t.equal(cut, false);
  t.match(calls, [
    { name: 'openat', result: { kind: 'none' } },
    { name: 'read', pid: 7, enter: 1, exit: 3, result: { kind: 'none' } },
    { name: 'read', pid: 9, result: { kind: 'none' } },
    { operation: { op: 'exit' } },
  ]);
});

t.test(
  'another thread than the first one calls execve: it goes on under the first one’s number',
  async (t) => {
    const forms = {
      told: ['8 2.0 execve("/bin/x", ["x"], 0x7f /* 1 var */ <pid changed to 7 ...>'],
      interrupted: [
        '8 2.0 execve("/bin/x", ["x"], 0x7f /* 1 var */ <unfinished ...>',
        '7 3.0 <... read resumed> <unfinished ...>) = ?',
      ],
    };
    for (const [form, lines] of Object.entries(forms)) {
      const { calls, faults, cut } = log(
        '7 1.0 read(3<pipe:[1]>,  <unfinished ...>',
        ...lines,
        '7 4.0 +++ superseded by execve in pid 8 +++',
        '7 5.0 <... execve resumed>) = 9 <3.0>',
        '7 6.0 close(3</w/a>) = 0 <0.1>',
      );
      t.strictSame(faults, [], form);
      t.equal(cut, false, form);
      const later = calls.filter(({ name }) => name !== 'read');
      t.match(
        later,
        [{ pid: 8, operation: { op: 'exit' } }, { name: 'execve', pid: 7 }, { name: 'close' }],
        form,
      );
    }
  },
);

t.test('what is not understood is reported', async (t) => {
  t.match(log('7 1.0 garbage').faults, [{ line: 1, reason: /not a form/ }]);
  t.match(log('7 1.0 <... fsync resumed>) = 0 <0.1>').faults, [{ reason: /never began/ }]);
  t.match(log('7 1.0 fsync(3</w/a>) = what').faults, [{ reason: /result/ }]);
  t.match(log('7 1.0 fsync(3</w/a> <unfinished ...>', '7 2.0 close(3</w/a>) = 0 <0.1>').faults, [
    { reason: /its return/ },
  ]);
  t.match(log('7 1.0 write(3</w/a>, "x').faults, [{ reason: /string/ }]);
});

t.test('a call of a thread that was killed before strace knew which changed nothing', async (t) => {
  const untold = '8 2.0 ???( <unfinished ...>';
  for (const line of [untold, '8 2.0 ???()        = ?']) {
    const killed = log('7 1.0 fsync(3</w/a>) = 0 <0.1>', line, '8 3.0 +++ killed by SIGKILL +++');
    t.strictSame(killed.faults, []);
    t.notOk(killed.cut);
    t.strictSame(
      killed.calls.map(({ name }) => name),
      ['fsync', '+++'],
    );
  }

  const livesOn = log(untold, '8 3.0 fsync(3</w/a>) = 0 <0.1>', '8 4.0 +++ exited with 0 +++');
  t.match(livesOn.faults, [{ line: 1, reason: /which call/ }]);
  t.match(log(untold).faults, [{ line: 1, reason: /which call/ }]);
  t.match(log('8 2.0 ???(3, "x") = 1', '8 3.0 +++ killed by SIGKILL +++').faults, [{ line: 1 }]);

  const between = [untold, '7 2.5 close(4</w/b>) = 0 <0.1>', '8 2.6 <... ??? resumed>) = ?'];
  const resumed = log(...between, '8 3.0 +++ killed by SIGKILL +++');
  t.strictSame(resumed.faults, []);
  t.strictSame(
    resumed.calls.map(({ name }) => name),
    ['close', '+++'],
  );
  t.match(log(...between).faults, [{ line: 1, reason: /which call/ }]);
  t.match(log(between[2]!).faults, [{ line: 1, reason: /never began/ }]);
});

t.test('what strace takes for a number because the thread was killed is no call', async (t) => {
  const ended = '8 3.0 +++ killed by SIGKILL +++';
  const names = (...lines: string[]): string[] => {
    const { calls, faults, cut } = log(...lines);
    t.strictSame(faults, []);
    t.notOk(cut);
    return calls.map(({ name }) => name);
  };
  const read = '7 1.0 read(3</w/a>, "x"..., 832) = 832 <0.1>';
  t.strictSame(names(read, '8 2.0 syscall_0x340(0, 0x1, 0, 0, 0, 0 <unfinished ...>', ended), [
    'read',
    '+++',
  ]);
  t.strictSame(names('8 2.0 syscall_0x7f9d76ff5000(0, 0x2f, 0x1, 0x2, 0x3, 0) = ?', ended), ['+++']);
  t.strictSame(names('8 2.0 syscall_0xfffffffffffffffe(0, 0, 0, 0, 0, 0) = ?', ended), ['+++']);
  // A kernel newer than strace has calls like these.
  for (const number of ['0x1d3', '0x400001d3'])
    t.strictSame(
      names(read, `8 2.0 syscall_${number}(0, 0x1, 0, 0, 0, 0 <unfinished ...>`, ended),
      ['read', `syscall_${number}`, '+++'],
      number,
    );
  t.strictSame(names('8 2.0 syscall_0x1000(0, 0, 0, 0, 0, 0) = 0 <0.1>', ended), ['syscall_0x1000', '+++']);
});

t.test('a call in which a thread was killed ends with it', async (t) => {
  const { calls } = log('8 2.0 read(3</w/a>,  <unfinished ...>', '8 3.0 +++ killed by SIGKILL +++');
  t.match(calls, [
    { name: 'read', enter: 1, exit: 2, result: { kind: 'none' } },
    { name: '+++', exit: 2 },
  ]);
});

/** A MiB a line: of each kind of call that is kept, and of one that is not understood. */
function writeLongLines(file: string, count: number): void {
  const text = 'x'.repeat(2 ** 20);
  for (let nth = 0; nth < count; nth++) {
    const lines = [
      `7 ${nth}.0 write(1</w/a-file-with-a-long-name-${nth}>, "${text}", 1048576) = 1048576 <0.1>`,
      `7 ${nth}.5 openat(AT_FDCWD</w/a-folder-with-a-long-name>, "${text}", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = -1 ENAMETOOLONG (File name too long) <0.1>`,
      `7 ${nth}.7 write(1</w/a>, "${text}", 1048576) = nothing that is known`,
    ];
    appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
  }
}

t.test('what is kept of a call keeps nothing of its line besides', (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const usedBytes = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-lines-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'calls.strace');
  writeLongLines(file, 32);
  const before = usedBytes();
  const log = readTraceLog(file, {
    lessened: (call) => {
      const { operation } = call;
      if (operation.op === 'open')
        return { ...call, operation: { ...operation, at: { ...operation.at, path: '' } } };
      return operation.op === 'write' ? { ...call, operation: { ...operation, payload: null } } : call;
    },
  });
  const grownBytes = usedBytes() - before;
  t.equal(log.faults.length, 32);
  t.equal(log.calls.length, 64);
  t.ok(grownBytes < 4 * 2 ** 20, `${grownBytes} bytes for ${log.calls.length} calls`);
  t.end();
});
