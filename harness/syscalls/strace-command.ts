import { callsWithoutBearing, plainWaits } from './call-names.js';

/** An error a system call is made to return, as `strace --inject` does it (strace(1), "Tampering"). */
export interface InjectedError {
  calls: string[];
  errno: string;
  /** Which invocation fails, counted from 1 in each process. */
  first: number;
  count: number | 'all';
}

export interface StraceOptions {
  logFile: string;
  /** Record stacks (`-k`); slow, for a second run that only explains. */
  stacks?: boolean;
  inject?: InjectedError[];
  /** Leave the program the child of whoever starts strace, which then outlives it until its last child ends. */
  aside?: boolean;
  /** Ask for each call by ptrace(2): with another filter at work (`attach/call-notices.ts`) one of strace's own misses calls. */
  withoutFilter?: boolean;
  /** Trace plain waits, too: which threads did nothing while others did something. */
  waits?: boolean;
}

/** Payloads up to this size are kept whole; a longer single write makes its file's verdict unknown. */
const largestPayloadBytes = 64 * 1024 * 1024;

/** strace takes this name for its class of calls, pause(2) and rt_sigsuspend(2) among them (strace(1), `trace=`). */
const alsoClass = 'signal';

/** Calls that old kernels or other architectures do not have are marked `?`, so that strace does not refuse them. */
function filter({ stacks = false, waits = false }: StraceOptions): string {
  const leftOut = [...callsWithoutBearing, ...(stacks ? leftOutOfStacks : [])].filter(
    (name) => !(waits && (plainWaits.includes(name) || name === alsoClass)),
  );
  return `trace=!${leftOut.map((name) => `?${name}`).join(',')}`;
}

/** Walking a stack takes a millisecond; these are many, and a run that only explains can do without them. */
const leftOutOfStacks = ['read', 'readv', 'lseek', 'mmap', 'munmap', 'mprotect', 'ioctl', 'pipe2', 'socket'];

/**
 * The command line of strace 5.13 or later that traces a program and all its children the way `parseTraceLog`
 * expects. Everything is traced except calls known to have no bearing on files.
 *
 * `-f` follows children, `--seccomp-bpf` lets untraced calls run at full speed, `-y` prints the path behind each
 * descriptor, `-s` keeps payloads whole, `-q` keeps strace's own chatter out.
 */
export function straceCommand(options: StraceOptions): string[] {
  const inject = (options.inject ?? []).flatMap(({ calls, errno, first, count }) => [
    '-e',
    `inject=${calls.join(',')}:error=${errno}:when=${occasions(first, count)}`,
  ]);
  return [
    'strace',
    ...(options.aside ? ['-D'] : []),
    '-f',
    ...(options.withoutFilter ? [] : ['--seccomp-bpf']),
    '-q',
    '-y',
    '-s',
    String(largestPayloadBytes),
    '--absolute-timestamps=format:unix,precision:ns',
    '--syscall-times=ns',
    '-e',
    // A signal that is not traced is not named when it kills, and then the log does not show the process end.
    'signal=!chld,cont,urg,winch',
    '-e',
    filter(options),
    ...(options.stacks ? ['-k'] : []),
    ...inject,
    '-o',
    options.logFile,
  ];
}

/** Calls after which a name leads elsewhere. Making a file is not among them: an empty new file is nobody's loss. */
const nameCalls = ['rename', 'renameat', 'renameat2', 'link', 'linkat', 'unlink', 'unlinkat', 'rmdir'];
/** Calls that cut a file short. */
const cutCalls = ['truncate', 'ftruncate'];
/** Calls that bring down what was written: until then a commit shows a file that was cut short as it is without it. */
const syncCalls = ['fsync', 'fdatasync', 'msync', 'sync', 'syncfs', 'sync_file_range', 'sync_file_range2'];
/** Long enough for a commit that is under way to end, on the disk of a recording under pressure (`schedule.ts`). */
const beforeUs = 80_000;
/** Long enough for whoever watches to begin one. */
const afterUs = 20_000;
/** A program that changes thousands of names is not to take minutes: the rest return on time. */
const lateChangesInEachThread = 200;
/** Those that sync do it more often, and wait for the slow disk besides. */
const lateSyncsInEachThread = 50;

/**
 * The command line of strace that traces nothing for anybody. It holds up each call that changes a name or cuts a file:
 * what happened before is over when the call begins, and what it did is seen by others before the program goes on.
 *
 * An open with O_TRUNC cuts a file, too, and is not held up: strace cannot tell it from the opens of a program's
 * libraries, a hundred in a small Python program (2 s more, at 20 ms each). It need not be. The file systems keep what
 * is written after it in memory until somebody asks for it; so it is the call that asks which waits, until the commit
 * of the truncation is over.
 */
export function lateChangesCommand({ withoutFilter = false } = {}): string[] {
  const changes = [...nameCalls, ...cutCalls].map((name) => `?${name}`).join(',');
  const syncs = syncCalls.map((name) => `?${name}`).join(',');
  return [
    ...[
      'strace',
      '-D',
      '-f',
      ...(withoutFilter ? [] : ['--seccomp-bpf']),
      '-q',
      '-o',
      '/dev/null',
      '-e',
      'signal=none',
    ],
    ...['-e', `trace=${changes},${syncs}`],
    ...[
      '-e',
      `inject=${changes}:delay_enter=${beforeUs}:delay_exit=${afterUs}:when=1..${lateChangesInEachThread}`,
    ],
    ...['-e', `inject=${syncs}:delay_enter=${beforeUs}:when=1..${lateSyncsInEachThread}`],
  ];
}

/** Which invocations, as strace(1) wants them. */
function occasions(first: number, count: InjectedError['count']): string {
  if (count === 'all') return `${first}+`;
  return count === 1 ? `${first}` : `${first}..${first + count - 1}`;
}
