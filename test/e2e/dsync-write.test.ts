/** A write on its own is durable with RWF_DSYNC, and no byte that was written before it: unless both lie in one page. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed, letAlone } from './plugpull.js';

t.test('an earlier write is lost with another page, and kept by luck within the same', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const program = join(bench.folder, 'program.py');
  const judged = async (offset: number, synced = '') => {
    writeFileSync(
      program,
      `import os
fd = os.open("a", os.O_RDWR)
os.pwrite(fd, b"first", 0)
${synced}
os.pwritev(fd, [b"second"], ${offset}, os.RWF_DSYNC)
print("saved", flush=True)
`,
    );
    const { results } = await bench.run([
      ...['--setup', 'head -c 16384 /dev/zero > a', '--ack-stdout', '^saved', '--recordings', '1'],
      ...['--', 'python3', program],
    ]);
    const { contract, observed } = results.runs[0]!;
    return [contract, observed];
  };
  t.same(
    await letAlone(
      () => judged(8192),
      ([, observed]) => observed === 'violation',
    ),
    ['violation', 'violation'],
  );
  t.same(await judged(2048), ['violation', 'pass'], 'ext4 writes the page whole');
  t.same(await judged(8192, 'os.fdatasync(fd)'), ['pass', 'pass']);
});
