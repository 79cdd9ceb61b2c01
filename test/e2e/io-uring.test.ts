/** A program that writes through io_uring: its system calls cannot be judged, and what its disk lost still is. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed, letAlone } from './plugpull.js';

t.test('the contract is unknown and says why; the disk tells right from broken', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace', 'gcc'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const program = join(bench.folder, 'ring');
  execFileSync('gcc', ['-Wall', '-o', program, join(checkout, 'test/programs/ring.c')]);
  const file = join(bench.folder, 'ring.yaml');
  const judged = async (run: string) => {
    const scenario = {
      name: 'ring',
      workload: { setup: 'echo first > log && sync -f .', run },
      ack: { stdout: '^(saved)$' },
      storage: [{ fs: 'ext4' }],
    };
    writeFileSync(file, JSON.stringify(scenario));
    return (await bench.run([file, '--no-calibrate'])).results.runs[0]!;
  };
  const reason = /unknown: io_uring changes files without system calls/;
  const right = await judged(`${program} log`);
  t.match(right, { contract: 'unknown', observed: 'pass', findings: [] });
  t.match(right.notes.join('\n'), reason);
  const broken = await letAlone(
    () => judged(`${program} log no-fsync`),
    ({ observed }) => observed === 'violation',
  );
  t.match(broken, { contract: 'unknown', observed: 'violation', findings: [{ kind: 'durability' }] });
  t.match(broken.notes.join('\n'), reason);
});
