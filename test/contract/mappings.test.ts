/** Stores through shared mappings: judged where they can be told, a doubt about their bytes where they cannot. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { z } from 'zod';
import { runContract } from '../../harness/contract/engine.js';
import { type CallsJudgement, judgeCalls } from '../../harness/contract/judge-calls.js';
import { Content } from '../../harness/model/content.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import { type ScenarioInput, scenario } from '../../harness/scenario/schema/scenario.js';
import { requires } from '../require.js';
import { ack, create, pwrite, sync, writtenLog, writtenRoot, writtenTree } from './written-trace.js';

const page = (text: string): string => text + '.'.repeat(4096 - text.length);
const map = 'mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3</w/f>, 0) = 0x7f0000000000';
const open = [create('f', 3, 'O_RDWR'), map];
const msync = 'msync(0x7f0000000000, 4096, MS_SYNC) = 0';
const munmap = 'munmap(0x7f0000000000, 4096) = 0';

interface Seen {
  /** What f held at each ack; nothing was seen then where it is left out. */
  at?: string[];
  end: string;
  /** What f held as each msync was entered. */
  beforeSync?: string;
  files?: Record<string, string>;
  promises?: z.input<typeof promise>;
}

/** Judges a run that finds f full of dots after a `0`. */
function judge(
  calls: readonly string[],
  { at = [], end, beforeSync, files = {}, promises }: Seen,
): CallsJudgement {
  const log = writtenLog(calls);
  const initial = writtenTree({ f: page('0'), ...files });
  const final = writtenTree({ ...files, f: end });
  const syncs = beforeSync === undefined ? [] : log.calls.filter(({ name }) => name === 'msync');
  return judgeCalls(log.calls, {
    rootPath: writtenRoot,
    initial,
    final,
    seen: {
      atAck: (acks, path) =>
        path === 'f' && at[acks - 1] !== undefined ? Content.of(Buffer.from(at[acks - 1]!)) : null,
      beforeCalls: new Map(
        syncs.map((call) => [call, new Map([['f', Content.of(Buffer.from(beforeSync!))]])]),
      ),
      atEnd: (path) => final.get(path)?.content ?? null,
    },
    acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
    promises: promise.parse(promises ?? { snapshot: true }),
    models: ['posix'],
    log,
  });
}

const outcome = (calls: readonly string[], seen: Seen): string => judge(calls, seen).outcome;

t.test('stored and acked with no sync call between is a violation; with one, no accusation', async (t) => {
  const one = page('1');
  const lost = judge([...open, ack()], { at: [one], end: one });
  t.match(lost, {
    outcome: 'violation',
    findings: [{ paths: ['f'], lost: ['up to 1 bytes of f'] }],
    explanations: [{ repair: { verified: true } }],
  });
  const twice = judge([...open, ack('a'), ack('b')], { at: [page('0'), one], end: one });
  t.match(twice, { outcome: 'violation', notes: [] }, 'stored after the first of two acks');
  t.match(twice.findings, [{ crash_point: { acks: 2 } }]);
  t.equal(outcome([...open, msync, ack()], { at: [one], end: one }), 'unknown', 'msync');
  t.equal(outcome([...open, sync('f'), ack()], { at: [one], end: one }), 'unknown', 'fsync');
  const later = msync.replace('MS_SYNC', 'MS_ASYNC');
  t.equal(outcome([...open, later, ack()], { at: [one], end: one }), 'violation', 'MS_ASYNC keeps nothing');
  t.equal(outcome([...open, 'sync() = 0', ack()], { at: [one], end: one }), 'unknown', 'sync');
  t.equal(
    outcome([...open, 'msync(0x7f0000100000, 4096, MS_SYNC) = 0', ack()], { at: [one], end: one }),
    'unknown',
    'an msync of a mapping that is not known',
  );
  t.equal(outcome([...open, ack()], { end: one }), 'unknown', 'it may have been stored after the ack');
  t.equal(
    outcome([...open, msync, ack('a'), ack('b')], { at: [one, page('2')], end: page('2') }),
    'violation',
    'a second store, behind the last msync',
  );
});

t.test('what was stored before the mapping ended is durable by a later sync, and only by one', async (t) => {
  const one = page('1');
  t.equal(outcome([...open, munmap, sync('f'), ack()], { end: one }), 'pass');
  t.equal(outcome([...open, munmap, ack()], { end: one }), 'violation');
  t.equal(outcome([...open, munmap, ack(), sync('f')], { end: one }), 'violation');
  t.equal(outcome([...open, sync('f'), munmap, ack()], { end: one }), 'unknown');
  const child = ['clone(child_stack=NULL, flags=SIGCHLD) = 8', munmap, ack()];
  t.equal(outcome([...open, ...child], { end: one }), 'unknown', 'a child has the mapping, too');
});

t.test('a thread that waits in a call all through an ack stores nothing meanwhile', async (t) => {
  const one = page('1');
  const pool = [
    ...open,
    'clone(child_stack=NULL, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = 8',
  ];
  const waits = '8: read(5<pipe:[9]>,  <unfinished ...>';
  const goneOn = '8: <... read resumed>"", 1) = 0';
  const unsynced = [...pool, waits, ack(), goneOn];
  t.equal(outcome(unsynced, { at: [one], end: one }), 'violation', 'stored, not synced');
  const synced = [...pool, `8: ${msync}`, waits, ack(), goneOn];
  t.equal(outcome(synced, { at: [one], end: one, beforeSync: one }), 'pass', 'stored and synced');
  t.equal(outcome([...pool, ack()], { at: [one], end: one }), 'unknown', 'a thread that does not wait');
  const [begun, ended] = [
    ack().replace(/, \d+\) = \d+$/, ' <unfinished ...>'),
    '<... write resumed>, 9) = 9',
  ];
  const late = [...pool, begun, waits, ended, goneOn];
  t.equal(outcome(late, { at: [one], end: one }), 'unknown', 'it waits too late');
  const brings = [...pool, waits, ack(), '8: <... read resumed>"1", 1) = 1'];
  t.equal(outcome(brings, { at: [one], end: one }), 'unknown', 'what it read may be what was stored');
  const idle = [
    '8: futex(0x7f1, FUTEX_WAIT_PRIVATE, 1, NULL <unfinished ...>',
    '8: <... futex resumed>) = 0',
  ];
  const [parked, woken] = idle as [string, string];
  t.equal(outcome([...pool, parked, ack(), woken], { at: [one], end: one }), 'violation', 'parked by a lock');
  const locks = parked.replace('FUTEX_WAIT_PRIVATE, 1', 'FUTEX_LOCK_PI_PRIVATE');
  t.equal(
    outcome([...pool, locks, ack(), woken], { at: [one], end: one }),
    'unknown',
    'a lock it takes is stored',
  );
  for (const [name, shown] of [
    ['poll', '[{fd=5, events=POLLIN}], 1, -1'],
    ['ppoll', '[{fd=5, events=POLLIN}], 1, NULL, NULL, 8'],
    ['select', '6, [5], NULL, NULL, NULL'],
    ['epoll_wait', '5<anon_inode:[eventpoll]>, '],
    ['wait4', '-1, '],
  ] as const) {
    const inside = `8: ${name}(${shown} <unfinished ...>`;
    const back = `8: <... ${name} resumed>) = 1`;
    t.equal(outcome([...pool, inside, ack(), back], { at: [one], end: one }), 'violation', name);
    t.equal(outcome([...pool, inside, back, ack()], { at: [one], end: one }), 'unknown', `${name} is over`);
  }
});

t.test('what another process is writing as an ack is given was not stored through the mapping', async (t) => {
  const one = page('1');
  const writing = ['clone(child_stack=NULL, flags=SIGCHLD) = 8', '8: execve("/bin/w", ["w"], 0x7ffe) = 0'];
  const begun = '8: pwrite64(3</w/f>, "1", 1, 0 <unfinished ...>';
  const seen = { at: [one], end: one };
  const during = [create('f', 3, 'O_RDWR'), ...writing, map, begun, ack(), '8: <... pwrite64 resumed>) = 1'];
  t.not(outcome(during, seen), 'violation');
  const before = [create('f', 3, 'O_RDWR'), ...writing, map, `8: ${pwrite('f', '1', 0)}`, ack()];
  t.equal(outcome(before, seen), 'violation', 'written before it');
});

t.test('an msync is about its own bytes', async (t) => {
  const two = `${page('0')}${page('1')}`;
  const files = { f: `${page('0')}${page('0')}` };
  const wide = [create('f', 3, 'O_RDWR'), map.replace('4096', '8192')];
  const judged = (address: string): string =>
    outcome([...wide, ack('a'), `msync(${address}, 4096, MS_SYNC) = 0`, ack('b')], {
      at: [files.f, two],
      end: two,
      files,
    });
  t.equal(judged('0x7f0000001000'), 'unknown');
  const stored = (address: string): CallsJudgement =>
    judge([...wide, ack('a'), `msync(${address}, 4096, MS_SYNC) = 0`, ack('b')], {
      at: [two, two],
      end: two,
      files,
    });
  t.equal(stored('0x7f0000001000').findings.length, 1);
  t.equal(stored('0x7f0000000000').findings.length, 1, 'one place to mend, whichever ack');
});

t.test('what msyncs of parts cover together is covered', async (t) => {
  const end = '1'.repeat(8192);
  const files = { f: '0'.repeat(8192) };
  const reading = map.replace('4096', '8192').replace('|PROT_WRITE', '');
  const written = [create('f', 3, 'O_RDWR'), reading, `pwrite64(3</w/f>, "${end}", 8192, 0) = 8192`];
  const [first, second, both, none] = [
    ...['0x7f0000000000, 4096', '0x7f0000001000, 4096', '0x7f0000000000, 8192', '0x7f0000000000, 0'],
  ].map((bytes) => `msync(${bytes}, MS_SYNC) = 0`) as [string, string, string, string];
  const after = (...msyncs: string[]): string => outcome([...written, ...msyncs, ack()], { end, files });
  t.equal(after(both), 'pass');
  t.equal(after(first, second), 'pass');
  t.equal(after(second, first), 'pass');
  t.equal(after(first), 'violation');
  t.equal(after(second), 'violation');
  t.equal(after(first, first, none), 'violation', 'the same part twice');
  const before = [...written.slice(0, 2), first, second, ...written.slice(2), first, ack()];
  t.equal(
    outcome(before, { end, files }),
    'violation',
    'what an msync before the write covered is something else',
  );
});

t.test(
  'a mapping through which nothing was stored leaves no doubt, and other bytes are judged',
  async (t) => {
    t.equal(outcome([...open, ack()], { at: [page('0')], end: page('0') }), 'pass');
    const elsewhere = [...open, ack(), 'pwrite64(3</w/f>, "x", 1, 100) = 1'];
    const end = `${page('0').slice(0, 100)}x${page('0').slice(101)}`;
    t.equal(outcome([...elsewhere, ack()], { end }), 'violation');
    t.equal(outcome([...elsewhere, sync('f'), ack()], { end }), 'pass');
  },
);

t.test('a file that was stored to before it took its name is a whole version of it', async (t) => {
  const mapped = [
    create('t', 3, 'O_RDWR|O_CREAT'),
    'ftruncate(3</w/t>, 4096) = 0',
    sync('t'),
    map.replace('/w/f', '/w/t'),
  ];
  const replaced = [munmap, 'close(3) = 0', 'rename("t", "f") = 0', ack()];
  const judged = (calls: readonly string[], files: Record<string, string> = {}): CallsJudgement => {
    const log = writtenLog(calls);
    const left = Content.of(Buffer.from(page('1')));
    const looked = log.calls
      .filter(({ name }) => name === 'msync')
      .map((call) => [call, new Map([['t', left]])] as const);
    return judgeCalls(log.calls, {
      rootPath: writtenRoot,
      initial: writtenTree({ f: 'old', ...files }),
      final: writtenTree({ f: page('1') }),
      seen: { beforeCalls: new Map(looked), atEnd: () => left },
      acks: { stdout: { ack: '^ack (.*)$' }, socket: null },
      promises: promise.parse({ atomic: ['f'] }),
      models: ['posix'],
      log,
    });
  };
  t.match(judged([...mapped, msync, ...replaced]), { outcome: 'pass', notes: [] });
  t.match(judged([...mapped, ...replaced]), {
    outcome: 'violation',
    findings: [{ property: 'store(t, through mmap) needs fsync(t) before rename(t, f)' }],
  });
  const late = [...mapped, 'rename("t", "f") = 0', msync, munmap, ack()];
  t.match(judged(late).outcome, 'unknown', 'stored to while it had the name');
});

t.test('a doubt about an ignored file is no doubt', async (t) => {
  const promises = { snapshot: true, ignore: ['f'] };
  t.equal(outcome([...open, msync, ack()], { end: page('1'), promises }), 'pass');
  t.equal(outcome([...open, munmap, ack()], { end: page('1'), promises }), 'pass');
  t.equal(outcome(['frobnicate(3</w/f>, 1) = 0', ack()], { end: page('0'), promises }), 'pass');
  const strange = [create('f', 3, 'O_RDWR'), 'frobnicate(3</w/f>, 1) = 0', ack()];
  t.equal(outcome(strange, { end: page('0'), promises }), 'pass');
  t.equal(outcome(strange, { end: page('0') }), 'unknown');
});

t.test('no sync call that may cover stores is called superfluous', async (t) => {
  const superfluous = (calls: readonly string[]): string[] =>
    judge(calls, { end: page('0') }).explanations.flatMap((each) => each.superfluous);
  t.strictSame(superfluous([...open, msync, sync('f'), 'sync() = 0', ack()]), []);
  t.strictSame(superfluous([create('f', 3, 'O_RDWR'), sync('f'), ack()]), ['fsync(f)']);
});

t.test('real programs: mapped with and without a sync call, and the write-ahead log of SQLite', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  const judged = async (program: string, rest: Partial<ScenarioInput>) => {
    const workDir = mkdtempSync(join(tmpdir(), 'plugpull-mapped-'));
    t.teardown(() => rmSync(workDir, { recursive: true, force: true }));
    const input = {
      name: 'mapped',
      workload: { setup: "head -c 4096 /dev/zero | tr '\\0' 0 > f", run: `python3 -c '${program}'` },
      storage: [{ fs: 'ext4' }],
      ack: { stdout: '^ACK (.*)$' },
      ...rest,
    };
    return runContract({ scenario: scenario.parse(input), workDir, env: process.env });
  };
  const store = (then: string): string => `import mmap, os
fd = os.open("f", os.O_RDWR); m = mmap.mmap(fd, 4096)
m[0:1] = b"1"; ${then}; print("ACK", 1, flush=True)`;
  const snapshot = { promise: { snapshot: true } };
  t.match(await judged(store('m.flush()'), snapshot), { outcome: 'pass', findings: [] });
  t.match(await judged(store('m.close(); os.fsync(fd)'), snapshot), { outcome: 'pass' });
  t.match(await judged(store('m.close()'), snapshot), {
    outcome: 'violation',
    findings: [{ paths: ['f'] }],
  });
  // Others have the mapping, too, and wait: for a signal, for a lock.
  const pooled = (then: string): string => `import mmap, os, signal, threading, time
fd = os.open("f", os.O_RDWR); m = mmap.mmap(fd, 4096)
def locked():
    lock = threading.Lock(); lock.acquire(); lock.acquire()
idle = []
for wait in (signal.pause, locked):
    r, w = os.pipe(); pid = os.fork()
    if pid == 0: os.write(w, b"."); wait()
    os.read(r, 1); idle.append(pid)
while any(open("/proc/%d/stat" % pid).read().split()[2] != "S" for pid in idle): time.sleep(0.01)
m[0:1] = b"1"; ${then}; print("ACK", 1, flush=True)
for pid in idle: os.kill(pid, 9); os.wait()`;
  t.match(await judged(pooled('m.flush()'), snapshot), { outcome: 'pass', findings: [] });
  t.match(await judged(pooled('m.flush(); m[1:2] = b"2"'), snapshot), {
    outcome: 'violation',
    findings: [{ paths: ['f'] }],
  });
  // Read-only at first.
  const guarded = (then: string): string => `import ctypes, mmap, os
libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_void_p
fd = os.open("f", os.O_RDWR); at = libc.mmap(None, 4096, 1, 1, fd, 0)
libc.mprotect(ctypes.c_void_p(at), 4096, 3); ctypes.memset(at, 49, 9)
${then}
print("ACK", 1, flush=True)`;
  t.match(await judged(guarded('libc.msync(ctypes.c_void_p(at), 4096, 4)'), snapshot), { outcome: 'pass' });
  t.match(await judged(guarded(''), snapshot), { outcome: 'violation' });
  // Made without a name, which it takes later.
  const nameless = (then: string): string => `import ctypes, mmap, os
fd = os.open(".", os.O_RDWR | os.O_TMPFILE); os.ftruncate(fd, 4096); m = mmap.mmap(fd, 4096)
${then}
ctypes.CDLL(None).linkat(-100, b"/proc/self/fd/%d" % fd, -100, b"g", 0x400)
d = os.open(".", 0); os.fsync(d); print("ACK", 1, flush=True)`;
  t.match(await judged(nameless('m[0:1] = b"1"; os.fsync(fd)'), snapshot), { outcome: 'pass', findings: [] });
  t.match(await judged(nameless('os.fsync(fd); m[0:1] = b"1"'), snapshot), {
    outcome: 'violation',
    findings: [{ property: /^store\(g, through mmap\) needs fsync\(g\)/ }],
  });
  // Durable before anything is stored: what the checker is shown up to there is exact, and it rejects it.
  const unsynced = 'open("g", "w").write("x"); print("ACK", 0, flush=True);';
  const early = store('m.close()').replace('fd =', `${unsynced} fd =`);
  const shown = await judged(early, {
    checker: { run: '[ "$PLUGPULL_ACKS" = 0 ] || test -s g || { echo no g; exit 1; }' },
  });
  t.match(shown, { outcome: 'violation', findings: [{ lost: ['no g'] }] });
  const wal = (synchronous: string): string => `import sqlite3
db = sqlite3.connect("db"); db.execute("pragma journal_mode=wal"); db.execute("pragma synchronous=${synchronous}")
db.execute("create table t(x)"); db.commit()
for n in range(2): db.execute("insert into t values(?)", (n,)); db.commit(); print("ACK", n, flush=True)`;
  const files = { promise: { files: ['db', 'db-wal'], ignore: ['*-shm'] } };
  const lost = await judged(wal('off'), files);
  t.equal(lost.outcome, 'violation');
  t.ok(lost.findings.some(({ paths }) => paths?.includes('db-wal')));
  t.match(await judged(wal('full'), files), { findings: [] });
});
