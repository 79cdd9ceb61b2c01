/** A program that uses io_uring or io_submit where it can, and other system calls where it cannot: the latter are judged. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { queuesNote, usesQueues } from '../../harness/contract/doubts/asynchronous-queues.js';
import { type ContractResult, runContract } from '../../harness/contract/engine.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { requires } from '../require.js';
import { writtenLog } from './written-trace.js';

/** argv: `needs`: fails without a ring; `nosync`: forgets the directory; `mapped`: stores through mmap, and syncs it (or not). */
const program = `import ctypes, mmap, os, sys
libc = ctypes.CDLL(None, use_errno=True)
ring = libc.syscall(425, 4, ctypes.create_string_buffer(256))
if ring < 0 and "needs" in sys.argv: sys.exit(7)
if "mapped" in sys.argv:
    m = mmap.mmap(os.open("m", os.O_RDWR), 4096); m[0] = 65
    if "nosync" not in sys.argv: m.flush()
f = os.open("a", os.O_CREAT | os.O_WRONLY); os.write(f, b"x"); os.fsync(f)
if "nosync" not in sys.argv: os.fsync(os.open(".", 0))
print("saved", flush=True)
`;

t.test('judged is what the program does without, and it says so', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-ring-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'ring.py');
  writeFileSync(file, program);
  const judge = (argument: string): Promise<ContractResult> =>
    runContract({
      scenario: scenario.parse({
        name: 'ring',
        workload: { setup: 'head -c 4096 /dev/zero > m', run: `python3 ${file} ${argument}` },
        ack: { stdout: 'saved' },
      }),
      workDir: folder,
      env: process.env,
    });
  const right = await judge('');
  t.equal(right.outcome, 'pass', right.notes.join('; '));
  t.match(right.notes.join('\n'), /was refused it \(ENOSYS\)/);
  const wrong = await judge('nosync');
  t.match(wrong, { outcome: 'violation', findings: [{ property: /creat\(a\) needs fsync\(\.\)/ }] });
  const mapped = await judge('mapped');
  t.equal(mapped.outcome, 'pass', mapped.notes.join('; '));
  t.match(
    mapped.notes.join('\n'),
    /was refused it[\s\S]*stores through mappings/,
    'without the ring, and looked at',
  );
  t.match(await judge('mapped nosync'), {
    outcome: 'violation',
    findings: [{ paths: ['a'] }, { property: /store\(m, through mmap\) needs fsync\(m\)/ }],
  });
  const needing = await judge('needs');
  t.equal(needing.outcome, 'unknown', 'one that does nothing without a ring');
});

/** Writes by io_submit (as libaio does), or by pwrite where that is refused. argv: `nosync`. */
const submitting = `import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
f = os.open("a", os.O_CREAT | os.O_WRONLY)
context, bytes = ctypes.c_ulong(), ctypes.create_string_buffer(b"kept")
if libc.syscall(206, 4, ctypes.byref(context)) == 0:
    block = ctypes.create_string_buffer(struct.pack("QIiHhIQQqQII", 1, 0, 0, 1, 0, f, ctypes.addressof(bytes), 4, 0, 0, 0, 0))
    if libc.syscall(209, context, ctypes.c_long(1), ctypes.byref(ctypes.c_void_p(ctypes.addressof(block)))) != 1: sys.exit(8)
    done = ctypes.create_string_buffer(32)
    libc.syscall(208, context, ctypes.c_long(1), ctypes.c_long(1), done, None)
else: os.pwrite(f, b"kept", 0)
if "nosync" not in sys.argv: os.fsync(f)
os.fsync(os.open(".", 0))
print("saved", flush=True)
`;

const otherNumbers = process.arch !== 'x64' && 'the numbers of its system calls are those of x86-64';

t.test('so is what it does without io_submit', { skip: otherNumbers }, async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-submit-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'submit.py');
  writeFileSync(file, submitting);
  const judge = (argument: string): Promise<ContractResult> =>
    runContract({
      scenario: scenario.parse({
        name: 'submit',
        workload: { run: `python3 ${file} ${argument}` },
        ack: { stdout: 'saved' },
      }),
      workDir: folder,
      env: process.env,
    });
  const right = await judge('');
  t.equal(right.outcome, 'pass', right.notes.join('; '));
  t.match(right.notes.join('\n'), /asked for asynchronous input and output \(io_setup\) and was refused it/);
  const wrong = await judge('nosync');
  t.match(wrong, { outcome: 'violation', findings: [{ paths: ['a'] }] }, wrong.notes.join('; '));
});

t.test('a ring that was got is told from one that was refused', async (t) => {
  const got = writtenLog(['io_uring_setup(4, {flags=0}) = 5<anon_inode:[io_uring]>']).calls;
  t.ok(usesQueues(got));
  t.equal(queuesNote(got), null);
  const refused = writtenLog([
    'io_uring_setup(4, 0x7ffd) = -1 ENOSYS (Function not implemented) (INJECTED)',
  ]).calls;
  t.notOk(usesQueues(refused));
  t.match(queuesNote(refused), /refused/);
  t.equal(queuesNote([]), null);
});
