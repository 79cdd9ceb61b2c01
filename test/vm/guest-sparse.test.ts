/** The guest's agent reads what a file holds, not how long it is; run here, where Python is the same. */
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSparse } from '../../harness/attach/read-sparse.js';
import { contentOf, type SentContent } from '../../vm/machine/sent-content.js';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const script = `
import json, os, sys
sys.path.insert(0, sys.argv[1])
import sparse
for path in sys.argv[2:]:
    fd = os.open(path, os.O_RDONLY)
    size = os.fstat(fd).st_size
    ranges = sparse.read_sparse(fd, size)
    print(json.dumps([sparse.sent(size, ranges), sparse.digest(size, ranges)]))
`;

function told(paths: string[]): { content: SentContent; digest: string }[] {
  const agent = join(checkout, 'vm/guest/agent');
  return execFileSync('python3', ['-c', script, agent, ...paths], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [content, digest] = JSON.parse(line);
      return { content, digest };
    });
}

t.test('the agent tells the bytes of ranges, and one digest for the same bytes', async (t) => {
  if (!requires(t, { commands: ['python3'] })) return;
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-sparse-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const make = (name: string, length: number, ...writes: [at: number, bytes: Buffer][]): string => {
    const path = join(folder, name);
    const fd = openSync(path, 'wx');
    ftruncateSync(fd, length);
    for (const [at, bytes] of writes) writeSync(fd, bytes, 0, bytes.length, at);
    closeSync(fd);
    return path;
  };
  const far = 2 ** 40 - 3;
  const word = Buffer.from('new');
  const paths = [
    make('huge', 2 ** 40, [far, word]),
    make('none', 0),
    make('hole', 100_000),
    make('across', 20_000, [4094, Buffer.from('across')]),
    make('filled', 20_000, [0, Buffer.alloc(20_000)], [4094, Buffer.from('across')]),
    make('longer', 20_001, [4094, Buffer.from('across')]),
  ];
  const [huge, none, hole, across, filled, longer] = told(paths);
  for (const [nth, { content }] of [huge!, none!, hole!, across!, filled!, longer!].entries()) {
    const fd = openSync(paths[nth]!, 'r');
    t.ok(contentOf(content).equals(readSparse(fd, content.length)), `as the host reads ${paths[nth]}`);
    closeSync(fd);
  }
  t.equal(
    contentOf(huge!.content)
      .read(far, far + 3)
      .toString(),
    'new',
  );
  t.ok(JSON.stringify(huge).length < 100_000, 'what is sent is as small as what it holds');
  t.equal(across!.digest, filled!.digest, 'wherever the holes are');
  t.not(across!.digest, longer!.digest);
  t.not(none!.digest, hole!.digest);
});

/** Runs a scenario of files with holes in User-mode Linux, and says how it came out. */
async function inGuest(t: Test, scenario: string, ...options: string[]) {
  const bench = new Bench();
  t.teardown(() => bench.close());
  // Where the checkout is below /tmp, which is a guest's own.
  const files = ['--vm-files', join(checkout, 'test/cases/programs')];
  const { ended, results } = await bench.run(
    [
      ...['--no-calibrate', '--place', 'vm', '--kernel', 'uml', ...files, ...options],
      join(checkout, 'test/cases/holes', scenario),
    ],
    { timeoutMs: 250_000 },
  );
  return {
    said: ended.stderr,
    runs: results.runs.map(({ contract, observed, met }) => ({ contract, observed, met })),
  };
}
const guestNeed = {
  ...hostNeed,
  commands: ['nbdfuse', 'python3', 'strace', 'setpriv', 'apt-get', 'depmod', 'modprobe'],
};

t.test('a file of 1 TiB in User-mode Linux, recorded, recovered and compared', async (t) => {
  if (!requires(t, guestNeed)) return;
  const { runs, said } = await inGuest(t, 'huge-unsynced.yaml');
  t.match(runs, [{ contract: 'violation', observed: 'violation', met: true }], said);
});

t.test('and where the power is really cut, in rounds', async (t) => {
  if (!requires(t, guestNeed)) return;
  const rounds = ['--method', 'power', '--rounds', '2', '--seed', '7'];
  const { runs, said } = await inGuest(t, 'huge-synced.yaml', ...rounds);
  t.match(runs, [{ observed: 'pass' }], said);
});
