/** plugpull mutants --replay: the call returns success and the kernel never sees it; what is lost then is seen. */
import { join } from 'node:path';
import t from 'tap';
import type { MutantsResult } from '../../harness/mutants/mutants-result.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

t.test('a call made a lie loses data on a real file system', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const program = 'echo x > a; sync a; sync .; echo saved a';
  const { exitCode, stdout, stderr } = await bench.plugpull([
    ...['mutants', '--json', '--replay', '--ack-stdout', '^saved (.*)$', '--fs', 'ext4'],
    ...['--out', join(bench.folder, 'out'), '--', program],
  ]);
  t.equal(exitCode, 0, stderr);
  const { mutants } = JSON.parse(stdout) as MutantsResult;
  const removed = mutants.filter(({ kind }) => kind === 'sync_removed');
  t.match(removed, [
    { call: 'fsync(a)', result: 'killed', replay: { result: 'killed', reason: /a/ } },
    // On ext4 an fsync of a new file brings its name to the disk, too: a program that gets away with it.
    {
      call: 'fsync(.)',
      result: 'killed',
      replay: { result: 'survived', reason: /no loss was found on ext4/ },
    },
  ]);
  t.ok(mutants.every(({ kind, replay }) => kind === 'sync_removed' || replay === null));
});

t.test('a file that takes its name later is known by the one it had', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const program = 'echo x > t; sync t; mv t a; sync .; echo saved a';
  const { exitCode, stdout, stderr } = await bench.plugpull([
    ...['mutants', '--json', '--replay', '--ack-stdout', '^saved (.*)$', '--fs', 'ext4'],
    ...['--out', join(bench.folder, 'out'), '--', program],
  ]);
  t.equal(exitCode, 0, stderr);
  const { mutants } = JSON.parse(stdout) as MutantsResult;
  const replay = mutants.find(({ id }) => id === 'M1')!.replay!;
  t.match(mutants[0], { call: 'fsync(t)', kind: 'sync_removed' });
  t.match(replay.result, /killed|survived/, replay.reason);
});
