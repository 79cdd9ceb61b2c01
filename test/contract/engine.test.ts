import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type ContractResult, runContract } from '../../harness/contract/engine.js';
import { type ScenarioInput, scenario } from '../../harness/scenario/schema/scenario.js';

function missing(...programs: string[]): string | false {
  const absent = ['strace', ...programs].filter((program) => spawnSync('which', [program]).status !== 0);
  if (absent.length === 0) return false;
  if (process.env.PLUGPULL_REQUIRE === 'all')
    throw new Error(`required and not installed: ${absent.join(', ')}`);
  return `not installed: ${absent.join(', ')}`;
}

async function contract(input: Omit<ScenarioInput, 'name'>): Promise<ContractResult> {
  const workDir = mkdtempSync(join(tmpdir(), 'plugpull-contract-'));
  try {
    return await runContract({
      scenario: scenario.parse({ name: 'test', ...input }),
      workDir,
      env: process.env,
    });
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

const properties = (result: ContractResult): string[] => result.findings.map(({ property }) => property);

t.test('shell programs', { skip: missing() }, async (t) => {
  const ack = { stdout: '^saved (.*)$' };
  const right = await contract({ workload: { run: 'echo x > a; sync a .; echo saved a' }, ack });
  t.strictSame(properties(right), []);
  t.equal(right.outcome, 'pass');
  t.strictSame(
    right.acks.map(({ text }) => text),
    ['a'],
  );
  const wrong = await contract({ workload: { run: 'echo x > a; sync a; echo saved a' }, ack });
  t.equal(wrong.outcome, 'violation');
  t.strictSame(properties(wrong), ["creat(a) needs fsync(.) before ack 'a'"]);
  t.strictSame(wrong.explanations[0]?.repair, { additions: ["fsync(.) before ack 'a'"], verified: true });
  const replaced = await contract({
    workload: { setup: 'echo old > c', run: 'echo new > t; sync t; mv t c; sync .; echo saved c' },
    promise: { snapshot: true, atomic: ['c'] },
    ack,
  });
  t.strictSame(properties(replaced), []);
});

t.test('source lines of Python and Node programs', { skip: missing('python3', 'node') }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-program-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const python = join(folder, 'save.py');
  writeFileSync(
    python,
    'def save(name):\n    with open(name, "w") as f:\n        f.write("x")\nsave("a")\nprint("saved", flush=True)\n',
  );
  const fromPython = await contract({ workload: { run: `python3 ${python}` }, ack: { stdout: 'saved' } });
  t.strictSame(
    fromPython.findings.map(({ cause }) => cause.at(-1)?.at),
    ['save.py:2', 'save.py:2'],
  );
  t.match(fromPython.findings[1]?.fix, /save\.py:2\) and before ack 'saved'/);
  t.match(fromPython.findings[1]?.patch, {
    // Behind the block that the file is open in: its last bytes are written when that ends.
    after: 'save.py:3',
    line: 'import os; f.flush(); os.fsync(f.fileno())',
  });
  t.match(fromPython.protocols[0]?.operations[0], { call: 'creat(a)', at: 'save.py:2' });
  const node = join(folder, 'save.mjs');
  writeFileSync(
    node,
    'import { writeFile } from "node:fs/promises";\nconst save = async () => {\n  await writeFile("a", "x");\n};\nawait save();\nconsole.log("saved");\n',
  );
  const fromNode = await contract({ workload: { run: `node ${node}` }, ack: { stdout: 'saved' } });
  t.strictSame(
    fromNode.findings.map(({ cause }) => cause.at(-1)?.at),
    ['save.mjs:3', 'save.mjs:3'],
  );
});

t.test('acks over the socket are placed where they are sent', { skip: missing('python3') }, async (t) => {
  const program = (synced: boolean): string => `python3 -c '
import os, socket
f = open("a", "w"); f.write("x"); f.flush(); os.fsync(f.fileno())
d = os.open(".", os.O_RDONLY); ${synced ? 'os.fsync(d)' : 'pass'}
s = socket.socket(socket.AF_UNIX); s.connect(os.environ["PLUGPULL_ACK"]); s.sendall(b"first\\n")
assert s.recv(16) == b"ok\\n"
open("later", "w").write("y")
'`;
  const kept = await contract({ workload: { run: program(true) } });
  t.strictSame(properties(kept), []);
  t.strictSame(
    kept.acks.map(({ text }) => text),
    ['first'],
  );
  t.equal(kept.outcome, 'pass');
  t.strictSame(properties(await contract({ workload: { run: program(false) } })), [
    "creat(a) needs fsync(.) before ack 'first'",
  ]);
});

t.test('injected errors', { skip: missing() }, async (t) => {
  const storage = [{ disk: { faults: [{ operation: 'flush' as const, n: 1, count: 100 }] } }];
  const honest = await contract({
    workload: { run: 'echo x > a; sync a . && echo saved', exit_codes: [1] },
    ack: { stdout: 'saved' },
    storage,
  });
  t.equal(honest.outcome, 'pass');
  t.strictSame(honest.acks, []);
  const careless = await contract({
    workload: { run: 'echo x > a; sync a .; echo saved' },
    ack: { stdout: 'saved' },
    storage,
  });
  t.equal(careless.outcome, 'violation');
  t.ok(careless.findings.every(({ kind }) => kind === 'fsync_error'));
});

t.test('checkers see the states the model allows', { skip: missing() }, async (t) => {
  const run = 'echo one > a; sync a; echo two > b; sync b .; echo saved';
  const checker = (text: string, persistent = false): { run: string; persistent: boolean } => ({
    run: text,
    persistent,
  });
  const kept = await contract({ workload: { run }, ack: { stdout: 'saved' }, checker: checker('true') });
  t.equal(kept.outcome, 'pass');
  t.ok(kept.coverage.exhaustive);
  t.ok(Number(kept.coverage.states) > 4, `${kept.coverage.states} states`);
  const ordered = await contract({
    workload: { run },
    ack: { stdout: 'saved' },
    checker: checker('if [ -e b ] && ! grep -q one a; then echo b without a; exit 1; fi'),
  });
  t.equal(ordered.outcome, 'violation');
  t.match(ordered.findings[0], { kind: 'checker', lost: ['b without a'] });
  t.match(ordered.findings[0]?.property, /creat\(a\) needs fsync\(\.\) before/);
  t.equal(ordered.explanations[0]?.repair?.verified, true);
  const crashing = await contract({
    workload: { run },
    ack: { stdout: 'saved' },
    checker: checker('echo strange; exit 3'),
  });
  t.equal(crashing.outcome, 'unknown');
  t.match(
    crashing.notes.join('\n'),
    /unknown: the checker does not accept the undamaged end of the run.*exit code 3: strange/,
  );
  const silent = await contract({
    workload: { run },
    ack: { stdout: 'saved' },
    checker: { run: 'sleep 600', timeout: '100ms' },
  });
  t.equal(silent.outcome, 'unknown');
  const lines = (reason: string): string =>
    `while read line; do dir=$(printf %s "$line" | sed 's/.*"directory":"\\([^"]*\\)".*/\\1/'); if [ -e $dir/a ] && [ ! -e $dir/b ]; then echo '{"outcome":"violation","reason":"${reason}"}'; else echo '{"outcome":"pass"}'; fi; done`;
  const persistent = await contract({
    workload: { run: 'echo one > a; sync a .; echo two > b; sync b .; echo saved' },
    ack: { stdout: 'saved' },
    checker: checker(lines('a alone'), true),
  });
  t.match(persistent.findings, [{ lost: ['a alone'], property: /no system call is missing/ }]);
});

t.test(
  'a workload that fails, hangs or maps files is never a pass',
  { skip: missing('python3') },
  async (t) => {
    const failed = await contract({ workload: { run: 'echo x > a; exit 3' } });
    t.equal(failed.outcome, 'unknown');
    t.match(failed.notes.join('\n'), /exit code 3/);
    const hanging = await contract({ workload: { run: 'sleep 600', timeout: '300ms' } });
    t.equal(hanging.outcome, 'unknown');
    t.match(hanging.notes.join('\n'), /did not end within 300 ms/);
    const mapping = (access: string, store: string): Promise<ContractResult> =>
      contract({
        workload: {
          setup: 'head -c 4096 /dev/zero > a',
          run: `python3 -c '
import mmap, os
f = open("a", "r+b"); m = mmap.mmap(f.fileno(), 4096, access=mmap.${access}); ${store}
print("saved", flush=True)
'`,
        },
        ack: { stdout: 'saved' },
      });
    const mapped = await mapping('ACCESS_WRITE', 'm[0:5] = b"hello"');
    t.match(mapped, { outcome: 'violation', findings: [{ lost: ['up to 5 bytes of a'] }] });
    t.match(mapped.notes.join('\n'), /the program stores through mappings/);
    t.equal((await mapping('ACCESS_READ', 'm[0:5]')).outcome, 'pass', 'a mapping that is only read');
    await t.rejects(contract({ workload: { run: 'true', setup: 'exit 4' } }), {
      message: /workload\.setup/,
      exitCode: 64,
    });
    await t.rejects(contract({ workload: { run: 'true' }, models: ['ext5'] }), {
      message: /models: expected one of/,
      exitCode: 64,
    });
  },
);
