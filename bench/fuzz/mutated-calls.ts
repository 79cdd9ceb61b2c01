/** Lines of a system-call log, mutated. */
import fc from 'fast-check';
import { parseTraceLog } from '../../harness/syscalls/trace-log.js';

export const wholeLines = [
  '7 1795312785.214076937 openat(AT_FDCWD</w>, "m\\303\\251", O_RDWR|O_CREAT|O_DSYNC, 0777) = 3</w/m> <0.000045087>',
  '7 1795312785.214076938 pwritev2(3</w/m>, [{iov_base="a", iov_len=1}, {iov_base="b\\0", iov_len=2}], 2, 10, RWF_DSYNC) = 3 <0.000097716>',
  '7 1795312785.214076939 clone3({flags=CLONE_VM|CLONE_FS, exit_signal=SIGCHLD, stack=0x7f, stack_size=0x9000}, 88) = 9 <0.0001>',
  '7 1795312785.214076940 copy_file_range(3</w/b>, [0] => [9], 4</w/e>, NULL, 9223372035781033984, 0) = 9 <0.000026470>',
  '7 1795312785.214076941 fsync(3</w/m>) = -1 EIO (Input/output error) (INJECTED) <0.0001>',
  '7 1795312785.214076942 fcntl(3</w/m>, 0x33 /* F_??? */, 0) = -1 EINVAL (Invalid argument) <0.000010185>',
  '7 1795312785.214076943 rename("a, \\"b\\"", "c) = 0") = 0 <0.000023145>',
  '7 1795312785.214076944 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 9 <0.008872015>',
  '7 1795312785.214076945 fsync(3</w/m> <unfinished ...>',
  '7 1795312785.214076946 connect(6<socket:[1]>, {sa_family=AF_UNIX, sun_path="/tmp/x"}, 17) = 0 <0.1>',
  '7 1795312785.214076947 execve("/bin/cp", ["cp", "a"], 0x7ffe /* 39 vars */) = 0 <0.0005>',
  '7 1795312785.214076948 +++ killed by SIGKILL +++',
  '7 1795312785.214076949 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---',
];

const mutation = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(200), length: fc.nat(200) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(200),
    text: fc.string({ unit: 'binary-ascii', maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(200),
    text: fc.constantFrom(
      '"',
      '\\',
      '<',
      '>',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      ' = ',
      '...',
      '/*',
      '*/',
      '=>',
      ' <unfinished ...>',
    ),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: fc.nat(200),
    times: fc.integer({ min: 2, max: 80 }),
  }),
);

export const mutatedLine = fc
  .tuple(fc.constantFrom(...wholeLines), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([line, mutations]) => {
    let text = line;
    for (const each of mutations) {
      const at = each.at % (text.length + 1);
      if (each.kind === 'cut') text = text.slice(0, at) + text.slice(at + each.length);
      else if (each.kind === 'insert') text = text.slice(0, at) + each.text + text.slice(at);
      else text = text.slice(0, at) + (text[at] ?? '').repeat(each.times) + text.slice(at);
    }
    return text.replaceAll('\n', ' ');
  });

/** What became of a line: understood, reported as not understood, or of no interest; never nothing at all. */
export type LineFate = 'call' | 'fault' | 'passed over' | 'no call' | 'lost';

export function fateOf(line: string): LineFate {
  const { calls, faults, passedOver } = parseTraceLog(`${line}\n`);
  if (faults.length > 0) return 'fault';
  if (calls.length > 0) return 'call';
  if (passedOver.size > 0) return 'passed over';
  const isNoCall =
    line === '' || line.startsWith(' > ') || /^(\d+ +)?([\d.]+ )?(---|<\.\.\. exit)/.test(line);
  return isNoCall ? 'no call' : 'lost';
}
