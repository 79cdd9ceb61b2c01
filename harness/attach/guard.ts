/**
 * A guard stands between plugpull and what is not its own: a workload, a set-up, a checker may kill its parent, its process
 * group, or every process there is, and is to hit nobody but itself.
 *
 * The guard is the program's parent, in its process group; it ends as the program ends, and minds no signal but SIGKILL and
 * SIGSTOP. Where a filter over system calls is allowed that takes no set-user-ID program its rights (seccomp(2), as root),
 * kill(-1) fails with EPERM for the program and for whatever it starts; as another user it reaches all that is the user's,
 * plugpull included. It is written in perl, which every Debian has and which starts in 2 ms, where Node takes 40; without perl
 * a program stands alone.
 */
import { findCommand } from '../doctor/find-command.js';
import {
  assembled,
  type CallNumbers,
  callNumbers,
  ending,
  type FilterLine,
  ifEqual,
  loaded,
} from './seccomp-filter.js';
import { syncsAre } from './skip-syncs.js';

/** Its words: the numbers of prctl(2) and seccomp(2), the filter in hexadecimal, and the program's. */
const script = `
my ($prctl, $seccomp, $filter, @words) = @ARGV;
delete $ENV{PERL_BADLANG};
if ($filter) {
  my $lines = pack 'H*', $filter;
  my $program = pack 'S x6 P', length($lines) / 8, $lines;
  syscall $seccomp + 0, 1, 0, $program;
}
my @deaf = qw(HUP INT QUIT USR1 USR2 PIPE ALRM TERM TSTP TTIN TTOU);
$SIG{$_} = 'IGNORE' for @deaf;
my $child = fork;
defined $child or die "cannot fork: $!\\n";
if ($child == 0) {
  $SIG{$_} = 'DEFAULT' for @deaf;
  exec { $words[0] } @words or print STDERR "failed to execute $words[0]: $!\\n";
  exit 127;
}
close $_ for *STDIN, *STDOUT, *STDERR;
chdir '/';
waitpid $child, 0;
my $signal = $? & 127;
exit $? >> 8 if $signal == 0;
# What killed the program is to leave no memory image of ours: not dumpable.
syscall $prctl + 0, 4, 0, 0, 0, 0 if $prctl;
$SIG{$_} = 'DEFAULT' for @deaf;
kill $signal, $$;
exit 128 + $signal;
`;

/** The guard's own complaints about the user's locale are nobody's; the program does not see this variable. */
const quietly = ['env', 'PERL_BADLANG=0'] as const;

let perl: string | null | undefined;

/**
 * The beginning of the command line of a program that is guarded.
 *
 * @param thrownAway what it works on is thrown away before any power could be lost: its sync calls return at once, as
 *   with `skipSyncs`
 */
export function guarded({ thrownAway = false } = {}): readonly string[] {
  perl ??= findCommand('perl') ?? null;
  if (perl === null) return [];
  const numbers = callNumbers
    ? [callNumbers.prctl, callNumbers.seccomp, filterFor(callNumbers, thrownAway)]
    : [0, 0, ''];
  return [...quietly, perl, '-e', script, ...numbers.map(String)];
}

const everybody = 0xffffffff;

function filterFor(numbers: CallNumbers, thrownAway: boolean): string {
  const lines: FilterLine[] = [
    loaded.machine,
    ifEqual(numbers.audit, undefined, 'allow'),
    loaded.number,
    ...(thrownAway ? syncsAre(numbers, 'nothing') : []),
    ifEqual(numbers.kill, undefined, 'allow'),
    loaded.argument(0),
    ifEqual(everybody, 'refused'),
    'allow',
    ending.allow,
    'nothing',
    ending.nothing,
    'refused',
    ending.refused,
  ];
  return assembled(lines).toString('hex');
}
