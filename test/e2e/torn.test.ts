/** Torn writes by default: an overwrite in place of more than the disk writes as one is not atomic, a rename is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const setup = `head -c 65536 /dev/zero > f`;
/** Three versions, each by one write of 64 KiB and fsync. */
const inPlace = `import os
fd = os.open("f", os.O_WRONLY)
for n in (1, 2, 3):
    os.pwrite(fd, b"%d" % n * 65536, 0); os.fsync(fd); print("ACK", n, flush=True)
`;
const renamed = `import os
for n in (1, 2):
    fd = os.open("t", os.O_CREAT | os.O_WRONLY)
    os.write(fd, b"%d" % n * 65536); os.fsync(fd); os.close(fd)
    os.rename("t", "f"); d = os.open(".", 0); os.fsync(d); os.close(d); print("ACK", n, flush=True)
`;
const options = ['--fs', 'ext4', '--engine', 'replay', '--promise', 'atomic:f', '--ack-stdout', '^ACK (.*)$'];

t.test('one write of 64 KiB over a file that is promised to be whole', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const run = async (program: string, more: string[] = []) => {
    const words = ['--no-calibrate', ...options, '--setup', setup, ...more, '--', 'python3', '-c', program];
    const { results } = await bench.run(words);
    return results.runs[0]!;
  };

  const torn = await run(inPlace);
  t.equal(torn.observed, 'violation');
  const finding = torn.findings[0]!;
  t.equal(finding.kind, 'atomicity');
  t.match(
    finding.property,
    /^f is overwritten in place by a write that a power cut can tear: no more than 4096 bytes/,
  );
  t.match(
    finding.cause[0]?.args,
    /^write of 65536 bytes at sector \d+ torn: its first \d+ sectors (are lost|reached the disk), the other \d+ (are lost|reached the disk): f, from byte \d+$/,
  );
  const [coverage] = torn.coverage;
  t.equal(coverage?.exhaustive, true, 'and all tears are covered');
  t.match(coverage?.scope, /larger than 4096 bytes torn, one at a time, of this recording$/);
  t.equal(coverage?.audit.mismatched, 0);
  const states = JSON.parse(readFileSync(join(torn.run, 'states.json'), 'utf8')) as Record<
    string,
    { lost: number[] }
  >;
  t.ok(
    states.F1!.lost.length > 0 && states.F1!.lost.length < 16,
    'no more of it is lost than shows the damage',
  );

  const whole = await run(inPlace, ['--granularity', 'write']);
  t.equal(whole.observed, 'pass', 'not where a write is lost as one');
  t.match(whole.coverage[0]?.scope, /^every subset of the whole writes pending at each crash point, of/);

  const right = await run(renamed);
  t.equal(right.observed, 'pass', 'and the control, which replaces the file, is silent');
  t.equal(right.coverage[0]?.exhaustive, true);
});
