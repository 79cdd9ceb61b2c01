/** Guests of an ordinary user, guests that panic, and runs that are killed: what is said, and what is left. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import type { Results } from '../../harness/verdict/results.js';
import { cacheFolder, cachePath } from '../../vm/image/cache.js';
import { guestImages } from '../../vm/image/guest-images.js';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';
import { right, scenarioFile } from './shell-scenarios.js';

const guestNeed = { commands: ['qemu-system-x86_64', 'sqfstar'] };
const longMs = 900_000;

t.test('an ordinary user runs a scenario in a guest', async (t) => {
  if (!requires(t, { root: true, commands: [...guestNeed.commands, 'setpriv'] })) return;
  const { kernel, initramfs, root } = await guestImages({ kernel: 'cloud' });
  const home = mkdtempSync(join(tmpdir(), 'plugpull-user-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  // What it takes, of all that the cache may hold.
  const cache = join(home, 'cache/plugpull/vm');
  for (const built of [dirname(kernel), initramfs, dirname(root), cachePath('latest')]) {
    cpSync(built, join(cache, relative(cacheFolder(), built)), { recursive: true });
  }
  await execa('chown', ['-R', 'nobody:nogroup', home]);
  const { exitCode, stdout, stderr } = await execa(
    'setpriv',
    [
      ...['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', '--no-new-privs'],
      ...[process.execPath, join(checkout, 'dist/harness/cli/main.js'), 'run', '--json'],
      ...['--place', 'vm', '--kernel', 'cloud', '--no-calibrate', '--out', join(home, 'out')],
      scenarioFile(home, 'right', { ...right, expect: { contract: 'pass', observed: 'pass' } }),
    ],
    {
      cwd: checkout,
      reject: false,
      timeout: longMs,
      env: {
        HOME: home,
        XDG_CACHE_HOME: join(home, 'cache'),
        XDG_RUNTIME_DIR: home,
        TMPDIR: home,
        PLUGPULL_STATE_DIR: join(home, 'state'),
      },
    },
  );
  t.equal(exitCode, 0, stderr.slice(-500));
  const [run] = (JSON.parse(stdout) as Results).runs;
  t.match(run, { contract: 'pass', observed: 'pass', met: true });
  t.equal(run!.coverage[0]!.exhaustive, true);
  t.strictSame(readdirSync(join(home, 'state')), [], 'nothing is left in the state folder');
});

t.test(
  'a guest that panics is unknown, with its last words, while recording and in a live round',
  async (t) => {
    if (
      !requires(t, {
        ...hostNeed,
        commands: [...hostNeed.commands, ...guestNeed.commands, ...umlNeed.commands],
      })
    )
      return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const panicking = join(bench.folder, 'panic.yaml');
    writeFileSync(
      panicking,
      'name: panic\nworkload: {run: "touch a; echo c > /proc/sysrq-trigger; sleep 60"}\nplace: vm\n',
    );
    // How QEMU ends, and how a round does, whatever runs the guest.
    for (const [method, kernel] of [
      ['disk', 'cloud'],
      ['dm-flakey', 'uml'],
    ] as const) {
      const args = [panicking, '--no-calibrate', '--method', method, '--kernel', kernel];
      const { ended, results } = await bench.run(args, { timeoutMs: longMs });
      t.equal(ended.exitCode, 2);
      t.equal(results.verdict, 'unknown');
      t.match(results.runs[0]!.notes.join('\n'), /Kernel panic - not syncing: sysrq triggered crash/);
    }
    t.strictSame(bench.leftovers(), []);
  },
);

t.test(
  'killed at any moment, a run in a guest leaves no QEMU and nothing that the next start keeps',
  async (t) => {
    if (!requires(t, { ...hostNeed, ...guestNeed })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    for (const afterMs of [800, 4000, 9000]) {
      const run = bench.start([
        ...['run', 'scenarios/seeds/atomic-replace.yaml', '--place', 'vm', '--no-calibrate'],
        ...['--out', join(bench.folder, 'killed')],
      ]);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      run.kill('SIGKILL');
      await run.ended;
      await bench.plugpull(['doctor', '--clean']);
      t.strictSame(bench.leftovers(), [], `killed after ${afterMs} ms`);
    }
  },
);
