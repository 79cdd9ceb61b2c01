/**
 * What dm-flakey cannot see: a disk whose cache was never told to flush (docs/vm.md, the table).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';
import { umlNeed as need, seed } from './live-runs.js';

t.test('a missing barrier, a lying disk: found by disk and power, not by dm-flakey', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const storage = (method: string): object => ({ fs: 'ext4', mount: ['nobarrier'], method });
  const file = join(bench.folder, 'nobarrier.yaml');
  // JSON is YAML.
  writeFileSync(
    file,
    JSON.stringify({
      name: 'nobarrier',
      workload: { run: 'python3 $WORKLOADS/seeds/directory_sync.py' },
      ack: { stdout: '^(Synced .+)$' },
      promise: { snapshot: true },
      storage: [
        storage('disk'),
        storage('dm-flakey'),
        storage('power'),
        { fs: 'ext4', method: 'power', disk: { cache: 'lying' } },
      ],
      place: 'vm',
      vm: { kernel: 'uml' },
      live: { rounds: 4 },
    }),
  );
  const { results } = await bench.run([file, '--seed', `${seed}`, '--no-calibrate'], { timeoutMs: 550_000 });
  const [disk, flakey, power, lying] = results.runs;
  t.equal(disk?.observed, 'violation', 'disk sees what was never flushed');
  // Everything sent before the cut is on the disk below dm-flakey: it has no cache to lose.
  t.equal(flakey?.observed, 'pass', 'dm-flakey does not');
  t.equal(power?.observed, 'violation', 'a machine that loses power does');
  t.equal(lying?.observed, 'violation', 'nor is a disk that lies believed');
  t.ok(power!.coverage[0]!.pending_writes > 0, 'its disk had a cache to lose');
});
