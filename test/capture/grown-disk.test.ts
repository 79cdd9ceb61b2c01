/** A disk whose size nobody named is as large as the setup needs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readManifest } from '../../harness/trace/manifest.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const mib = 1024 ** 2;

t.test('a setup that fills the disk gets a larger one, if nobody said how large it is', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const file = join(bench.folder, 'scenario.yaml');
  const record = async (storage: object, out: string) => {
    const workload = { setup: `head -c ${80 * mib} /dev/zero > big`, run: 'test -s big' };
    writeFileSync(file, JSON.stringify({ name: 'large', workload, engine: ['replay'], storage: [storage] }));
    return bench.plugpull(['record', '--out', join(bench.folder, out), file]);
  };
  const grown = await record({ fs: 'ext2' }, 'grown');
  t.equal(grown.exitCode, 0, grown.stderr);
  const { size_bytes, scenario, workload } = readManifest(join(bench.folder, 'grown'));
  t.match({ size_bytes, workload }, { size_bytes: 128 * mib, workload: { exit_code: 0 } });
  t.match(scenario.input.storage, [{ size: 128 * mib }], 'judging the trace again finds the same disk');
  const named = await record({ fs: 'ext2', size: '64MiB' }, 'named');
  t.equal(named.exitCode, 64);
  t.match(named.stderr, /No space left on device.*\(give it a larger storage.size\)/);
  t.strictSame(bench.leftovers(), []);
});
