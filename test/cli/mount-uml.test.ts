/** A crash state in front of a person without root: mounted in User-mode Linux. */
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { Bench, checkout, hostNeed, letAlone } from '../e2e/plugpull.js';
import { requires } from '../require.js';

t.test('a command runs where the crash state is mounted, and its exit code is passed on', async (t) => {
  if (
    !requires(t, {
      ...hostNeed,
      commands: ['nbdfuse', 'python3', 'setpriv', 'apt-get', 'dpkg-deb', 'depmod'],
    })
  )
    return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await letAlone(
    () => bench.run(['scenarios/broken/no-fsync.yaml', '--no-calibrate', '--place', 'host']),
    ({ results }) =>
      results.runs[0]!.findings.some(
        ({ evidence, lost }) => evidence === 'observed' && lost[0] === 'notes.txt is missing',
      ),
  );
  const { run, findings } = results.runs[0]!;
  const finding = findings.find(({ evidence }) => evidence === 'observed')!;
  const mount = (...args: string[]) =>
    bench.plugpull(['mount', run, finding.id, '--recover', 'uml', ...args]);
  const shown = await mount(
    '--command',
    'ls -a; grep " $PWD " /proc/mounts >&2; echo mine > new && cat new; exit 7',
  );
  t.equal(shown.exitCode, 7);
  t.match(shown.stdout, /^\.\n\.\.\n/);
  t.match(shown.stdout, /mine$/, 'it is a copy that can be written to');
  t.match(shown.stderr, /recovered by .* uml/);
  t.match(shown.stderr, / ext4 /, 'the file system that was recorded');
  const again = await mount('--command', 'test ! -e new');
  t.equal(again.exitCode, 0, 'and what was written is gone');
  const checked = await mount(
    '--at',
    '/srv/found',
    '--command',
    'pwd; cat "$PLUGPULL_STATE"; echo $PLUGPULL_ACKS',
  );
  t.match(
    checked.stdout,
    /^\/srv\/found\n\{"directory":"\/srv\/found","acks":\[".+"\],.*\}1$/,
    'as in a run',
  );
  const nowhere = await mount('--at', '/srv/found');
  t.equal(nowhere.exitCode, 64);
  t.match(nowhere.stderr, /expected --command COMMAND, or a terminal/);
  const typed = [
    'pwd; ls; stty size; echo "acks $PLUGPULL_ACKS"',
    'echo running; sleep 1000',
    '^C',
    'echo "after $?"; exit 7',
  ];
  const { stdout, exitCode } = await execa(
    'python3',
    [
      ...[join(checkout, 'test/cli/on-terminal.py'), process.execPath],
      ...[
        join(checkout, 'dist/harness/cli/main.js'),
        'mount',
        run,
        finding.id,
        '--recover',
        'uml',
        '--at',
        '/srv/found',
      ],
    ],
    { input: typed.join('\n'), env: { ...bench.env, SHELL: '/bin/sh' }, reject: false, timeout: 500_000 },
  );
  t.match(stdout, /notes\.txt is missing/, 'what it is about');
  t.match(
    stdout,
    /\n\/srv\/found\r?\nlost\+found\r?\n31 97\r?\nacks 1\r?\n/,
    'the shell is there, on this terminal',
  );
  t.match(stdout, /after 130/, 'Ctrl-C is for what runs in the shell');
  t.equal(exitCode, 7, stdout);
  t.same(bench.leftovers(), []);
});
