# Right: everything is synced before it is acked; what is appended behind the ack is nobody's yet. To a file Perl would
# print the ack only before it starts another program, when the unsynced is there.
use strict;
use warnings;

for my $turn (1 .. 2) {
    open(my $file, '>', "f$turn") or die $!;
    print $file "x" x 5000;
    close $file;
    system('sync', '-f', '.') == 0 or die $!;
    print "saved $turn\n";
    open($file, '>>', "f$turn") or die $!;
    print $file "y" x 5000;
    close $file;
}
