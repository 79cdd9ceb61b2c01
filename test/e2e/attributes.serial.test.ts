/** Owner and extended attributes that were acked: fsync owes them, fdatasync does not, and both engines say so. */
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

/** The file is there from the start; `sync` is called between its change and the ack. */
const program = (change: string, sync: string): string => `import os
fd = os.open("f", os.O_RDWR)
${change}
${sync}
print("ACK 1", flush=True)
`;
const changes = {
  xattr: 'os.setxattr(fd, "user.k", b"v")',
  owner: 'os.fchown(fd, 1000, 1000)',
};
const options = ['--fs', 'ext4', '--no-calibrate', '--setup', 'echo old > f', '--ack-stdout', '^ACK (.*)$'];

t.test('acked and not synced, synced by fdatasync, synced by fsync', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const run = async (change: keyof typeof changes, sync: string) => {
    const words = [
      ...options,
      '--promise',
      'snapshot',
      '--',
      'python3',
      '-c',
      program(changes[change], sync),
    ];
    const { results } = await bench.run(words);
    return results.runs[0]!;
  };
  const lost = {
    xattr: 'f has lost its attribute user.k',
    owner: 'f belongs to 0:0 instead of 1000:1000',
  };
  for (const change of ['xattr', 'owner'] as const) {
    const wrong = await run(change, '');
    t.match(wrong, { contract: 'violation', observed: 'violation' }, change);
    const seen = wrong.findings.find(({ evidence }) => evidence !== 'contract');
    t.ok(JSON.stringify(seen).includes(lost[change]), JSON.stringify(seen));
    const right = await run(change, 'os.fsync(fd)');
    t.match(right, { contract: 'pass', observed: 'pass' }, `${change}, fsync`);
  }
  t.match(await run('xattr', 'os.fdatasync(fd)'), { contract: 'violation' }, 'fdatasync does not owe it');
});
