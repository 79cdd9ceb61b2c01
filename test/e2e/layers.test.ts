/** A run over layers, on the host and in User-mode Linux: recorded above them, and recovered through them. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openTrace } from '../../harness/trace/trace.js';
import type { Results } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { umlNeed } from '../vm/live/live-runs.js';
import { Bench, hostNeed } from './plugpull.js';

const save = 'echo new > f.tmp && sync f.tmp && mv f.tmp f && sync . && echo saved';

/** A run of a shell's command over layers of ext4, in one recording, on one lane. */
async function runOver(bench: Bench, layers: string, command: string, more: string[]) {
  const { stdout, stderr } = await bench.plugpull(
    [
      ...['run', '--json', '--engine', 'replay', '--lanes', '1', '--fs', 'ext4', '--layers', layers],
      ...['--recordings', '1', '--ack-stdout', 'saved', '--out', join(bench.folder, 'out'), ...more],
      ...['--', 'sh', '-c', command],
    ],
    { timeoutMs: 120_000 },
  );
  if (!stdout.startsWith('{')) throw new Error(`no document: ${stderr}`);
  return { run: (JSON.parse(stdout) as Results).runs[0]!, stderr };
}

t.test('an overlay keeps what its file system keeps; one that is volatile keeps nothing', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4' })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const [layers, verdict] of [
    ['loop,overlay', 'pass'],
    ['overlay:volatile', 'violation'],
  ] as const) {
    const { run, stderr } = await runOver(bench, layers, save, ['--place', 'host', '--recover', 'host']);
    t.equal(run.verdict, verdict, `${layers}: ${stderr}`);
    t.match(run.storage, layers.replace(',', ', '));
    t.notMatch(run.notes.join(), /no journal/);
    const latest = join(bench.folder, 'out/latest');
    const [folder] = readdirSync(latest, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const { extents } = openTrace(join(latest, folder!.name, 'trace'));
    // A block of a file on a loop device lies somewhere else on the disk.
    t.equal(extents.length > 0, !layers.startsWith('loop'), `${layers}: where files lie`);
  }
  t.strictSame(bench.leftovers(), []);
});

t.test("layers that are a machine's are put in place in User-mode Linux", async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const unsynced = save.replace(' && sync .', '');
  // The host has what a volatile overlay needs: it is asked for in a guest.
  const inGuest = ['--place', 'vm', '--kernel', 'uml', '--recover', 'uml'];
  for (const [layers, command, verdict, more] of [
    ['dm-crypt,loop,overlay', save, 'pass', []],
    ['dm-linear', unsynced, 'violation', []],
    ['overlay:volatile', save, 'violation', inGuest],
  ] as const) {
    const { run, stderr } = await runOver(bench, layers, command, [...more]);
    t.equal(run.verdict, verdict, `${layers}: ${stderr}`);
    t.match(run.storage, layers.replaceAll(',', ', '));
    t.ok(run.coverage[0]!.exhaustive, layers);
  }
  t.strictSame(bench.leftovers(), []);
});

t.test('where layers are not put in place', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const [args, words] of [
    [
      ['--place', 'vm', '--kernel', 'cloud', '--layers', 'overlay'],
      /expected User-mode Linux \(--kernel uml\), found cloud/,
    ],
    [
      ['--place', 'vm', '--kernel', 'uml', '--root', 'debian', '--layers', 'overlay'],
      /expected vm.root: host, found debian/,
    ],
    [['--place', 'host', '--layers', 'dm-crypt'], /not touched on the host: --place auto, or vm/],
    [['--layers', 'dm-crypt', '--recover', 'host'], /expected auto or uml, found host: dm-crypt/],
    [['--layers', 'md-raid1'], /a run records one disk, and this lies on two: plugpull probe has it/],
  ] as const) {
    const { exitCode, stderr } = await bench.plugpull(['run', '--engine', 'replay', ...args, '--', 'true']);
    t.equal(exitCode, 64);
    t.match(stderr, words);
  }
});
