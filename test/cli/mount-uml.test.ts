/** A crash state in front of a person without root: mounted in User-mode Linux. */
import { join } from 'node:path';
import t from 'tap';
import { Bench, hostNeed } from '../e2e/plugpull.js';
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
  const { results } = await bench.run([
    'scenarios/broken/no-fsync.yaml',
    '--no-calibrate',
    '--place',
    'host',
  ]);
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
  const nowhere = await mount('--at', join(bench.folder, 'at'));
  t.equal(nowhere.exitCode, 64);
  t.match(nowhere.stderr, /expected --command COMMAND/);
  t.same(bench.leftovers(), []);
});
