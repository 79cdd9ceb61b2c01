/** Owner and extended attributes that were acked: fsync owes them, fdatasync does not, and both engines say so. */
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed, letAlone } from './plugpull.js';

/** `f` and `g` are there from the start, `n` is made; each is synced between its change and the ack, or not. */
const program = (syncF: string, syncG: string, syncN: string): string => `import os
n = os.open("n", os.O_RDWR | os.O_CREAT, 0o644)
os.fsync(n)
os.fsync(os.open(".", os.O_RDONLY))
f = os.open("f", os.O_RDWR)
g = os.open("g", os.O_RDWR)
os.setxattr(f, "user.k", b"v")
${syncF}
os.fchown(g, 1000, 1000)
${syncG}
os.fchown(n, 1000, 1000)
${syncN}
print("ACK 1", flush=True)
`;
const setup = ['--setup', 'echo old > f; echo old > g'];
const options = ['--fs', 'ext4', '--no-calibrate', ...setup, '--ack-stdout', '^ACK (.*)$'];

t.test('acked and not synced, synced by fdatasync, synced by fsync', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const run = async (text: string) => {
    const { results } = await bench.run([...options, '--promise', 'snapshot', '--', 'python3', '-c', text]);
    return results.runs[0]!;
  };
  const wrong = await letAlone(
    () => run(program('', 'os.fdatasync(g)', '')),
    ({ findings }) => findings.filter(({ evidence }) => evidence === 'observed').length === 3,
  );
  t.match(wrong, { contract: 'violation', observed: 'violation' });
  const properties = wrong.findings.map(({ property }) => property).sort();
  // By each engine.
  t.strictSame(
    properties,
    [
      "fchown(g, 1000, 1000) needs fsync(g) before ack '1'",
      "fchown(n, 1000, 1000) needs fsync(n) before ack '1'",
      "fsetxattr(f, user.k) needs fsync(f) before ack '1'",
    ].flatMap((property) => [property, property]),
  );
  const told = JSON.stringify(wrong.findings);
  t.match(told, /f has lost its attribute user\.k/);
  t.match(told, /g belongs to 0:0 instead of 1000:1000/);
  const right = await run(program('os.fsync(f)', 'os.fsync(g)', 'os.fsync(n)'));
  t.match(right, { contract: 'pass', observed: 'pass' }, right.notes.join('\n'));
});
