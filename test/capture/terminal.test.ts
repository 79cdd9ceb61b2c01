/** A terminal as a workload's standard output: each line comes when it ends, in time, and whatever else is printed is noticed. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runWorkload, type WorkloadEnd } from '../../harness/capture/workload.js';
import { CannotTellError } from '../../harness/verdict/errors.js';
import { requires } from '../require.js';

const need = { commands: ['python3'] };
let runs = 0;

function workload(t: Test): {
  folder: string;
  relayed: () => string;
  run: (command: string, signal?: AbortSignal) => Promise<WorkloadEnd>;
} {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-terminal-'));
  const relay = join(folder, 'relay');
  const stdout = openSync(relay, 'w');
  const stderr = openSync(join(folder, 'errors'), 'w');
  t.teardown(() => {
    for (const fd of [stdout, stderr]) closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    relayed: () => readFileSync(relay, 'utf8'),
    run: (command, signal) =>
      runWorkload({
        ...{ command, folder, env: {}, timeoutMs: 60_000, stdout, stderr, terminal: true, signal },
        id: `terminal-${process.pid}-${runs++}`,
      }),
  };
}

t.test('a program that keeps lines from a file prints each, before it goes on', async (t) => {
  if (!requires(t, need)) return;
  const { folder, relayed, run } = workload(t);
  // Python without PYTHONUNBUFFERED keeps lines like a C library. What the relay holds is what the program reads of it.
  writeFileSync(
    join(folder, 'prints.py'),
    `import os, sys
for turn in range(3):
    print("line", turn)
    seen = open("relay").read()
    assert seen.endswith("line %d\\n" % turn), seen
os.writev(1, [b"two ", b"parts"])
sys.exit(0 if os.isatty(1) else 3)
`,
  );
  const { exit_code, signal } = await run('env -u PYTHONUNBUFFERED python3 prints.py');
  t.strictSame(
    { exit_code, signal },
    { exit_code: 0, signal: null },
    readFileSync(join(folder, 'errors'), 'utf8'),
  );
  t.equal(
    relayed(),
    'line 0\nline 1\nline 2\ntwo parts',
    'nothing is added, a last line without newline is there',
  );
});

t.test(
  'what goes to a file is not relayed, what goes through a copy of the descriptor is, and what goes another way is noticed',
  async (t) => {
    if (!requires(t, need)) return;
    const elsewhere = workload(t);
    await elsewhere.run('echo kept > file; echo shown; echo unseen >&2');
    t.equal(elsewhere.relayed(), 'shown\n');
    const copied = workload(t);
    await copied.run(
      'python3 -c \'import os; os.write(os.dup(1), b"a copy, "); os.writev(os.open("/dev/stdout", os.O_WRONLY), [b"an", b"other\\n"])\'; ' +
        'exec 7>&1; echo a number >&7; (echo a child >&7); printf name > /proc/self/fd/1',
    );
    t.equal(copied.relayed(), 'a copy, another\na number\na child\nname');
    const otherwise = workload(t);
    const here = -1;
    const printed = `python3 -c 'import os; os.pwritev(1, [b"late"], ${here})'`;
    await t.rejects(otherwise.run(printed), CannotTellError);
  },
);

t.test('it ends with the run that is broken off', async (t) => {
  if (!requires(t, need)) return;
  const { folder, run } = workload(t);
  const abort = new AbortController();
  execFileSync('mkfifo', [join(folder, 'ready')]);
  const ready = readFile(join(folder, 'ready'));
  const ended = run('echo begun; echo > ready; sleep 1000', abort.signal);
  await ready;
  abort.abort();
  t.match(await ended, { exit_code: null, signal: 'SIGKILL' });
});
