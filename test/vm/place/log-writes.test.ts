/** The kernel's own dm-log-writes as a recorder: real logs, and everything that can go wrong with one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { record } from '../../../harness/capture/record.js';
import { openBlockLog } from '../../../harness/trace/block-log/reader.js';
import { openTrace } from '../../../harness/trace/trace.js';
import type { Results } from '../../../harness/verdict/results.js';
import { logWritesRecorder } from '../../../vm/place/log-writes-recorder.js';
import { Bench, hostNeed } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';
import { umlNeed } from '../live/live-runs.js';
import { TestGuest } from '../test-guest.js';

t.setTimeout(580_000);

const bench = new Bench();
t.teardown(() => bench.close());

const logged = 'storage: [{fs: ext4, method: dm-log-writes, mount: [discard]}]';

/** The kernel's target is in question, not what runs the kernel; QEMU's guests record with it in real-logs, discards
 * included, which disks of User-mode Linux do not take. */
const need = { ...hostNeed, commands: [...hostNeed.commands, ...umlNeed.commands] };

t.test('dm-log-writes records', async (t) => {
  if (!requires(t, need)) return;
  const guest = await TestGuest.startUml(bench);
  t.teardown(() => guest.close());
  const { machine } = guest;

  const inOrder = async (): Promise<string> =>
    `${await guest.sh('dmsetup ls; ls /dev/mapper; grep -c /mnt/plugpull /proc/mounts || true; ls /sys/block | grep -c -e dm- || true')}`;
  const untouched = 'No devices found\ncontrol\n0\n0';
  const check = async (folder: string): Promise<Results['runs'][number]> => {
    const args = ['check', folder, '--json', '--no-calibrate', '--out', join(bench.folder, 'out')];
    const { stdout, stderr } = await bench.plugpull(args);
    if (!stdout.startsWith('{')) throw new Error(stderr);
    return (JSON.parse(stdout) as Results).runs[0]!;
  };

  await t.test('acks keep their texts, whatever the kernel makes of marks', async (t) => {
    const texts = [
      'two words',
      `long ${'x'.repeat(900)}`,
      'it\'s \\ "quoted" $HOME;',
      'Grüße 保存',
      'two words',
      '@cancel',
    ];
    const script = [
      'import os, socket',
      's = socket.socket(socket.AF_UNIX); s.connect(os.environ["PLUGPULL_ACK"]); answers = s.makefile()',
      `for i, text in enumerate(${JSON.stringify(texts)}):`,
      '    fd = os.open("file", os.O_CREAT | os.O_WRONLY | os.O_TRUNC); os.write(fd, text.encode() * 50)',
      '    os.fsync(fd); os.close(fd); d = os.open(".", os.O_RDONLY); os.fsync(d); os.close(d)',
      '    s.sendall((text + "\\n").encode()); print(answers.readline())',
    ].join('\n');
    const yaml = `${logged}\nworkload: {run: ${JSON.stringify('python3 -c "$SCRIPT"')}, env: {SCRIPT: ${JSON.stringify(script)}}}\n`;
    const job = guest.job('acks', yaml);
    const manifest = await record({ ...job, openRecorder: logWritesRecorder(machine) });
    t.match(manifest, { doubt: undefined, cut_at: null, workload: { exit_code: 0 } });
    const trace = openTrace(job.traceFolder);
    t.teardown(() => trace.close());
    t.same(
      trace.acks.map(({ text }) => text),
      texts,
    );
    t.equal(trace.snapshots.length, texts.length + 2, 'the start, each ack, the end');
    t.same(trace.warnings, []);
    const log = openBlockLog(join(job.traceFolder, 'disk.log'));
    t.teardown(() => log.close());
    const marks = log.entries.filter(({ mark }) => mark !== undefined);
    t.same(
      marks.map(({ index }) => index),
      trace.acks.map(({ block_index }) => block_index),
      'each ack lies at its mark; the start and end marks are gone',
    );
    for (const [i, { mark }] of marks.entries()) {
      t.ok(texts[i]!.startsWith(mark!), 'a mark tells its text, as far as it fits');
    }
    t.ok(
      trace.acks.every(({ block_index }, i, all) => i === 0 || block_index > all[i - 1]!.block_index + 1),
      'with writes in between',
    );
    t.equal(await inOrder(), untouched);
    const judged = await check(job.traceFolder);
    t.match(judged, { observed: 'pass', coverage: [{ exhaustive: true, audit: { mismatched: 0 } }] });
    t.ok(
      judged.notes.some((note) => /recorded by dm-log-writes/.test(note)),
      'the note says what exhaustive means',
    );
  });

  await t.test('a log that fills up leaves no verdict, and says so', async (t) => {
    const run =
      'echo 1 > a; sync a; sync .; plugpull ack one; dd if=/dev/urandom of=big bs=1M count=24 conv=fsync; echo 2 > b; sync b; sync .; plugpull ack two';
    const job = guest.job('full', `${logged}\nworkload: {run: ${JSON.stringify(run)}}\n`);
    const openRecorder = logWritesRecorder(machine, { logBytes: 24 * 2 ** 20 });
    const manifest = await record({ ...job, openRecorder });
    t.match(manifest.doubt, /dm-log-writes stopped logging: Ran out of space on the logdev/);
    t.equal(await inOrder(), untouched);
    const trace = openTrace(job.traceFolder);
    t.teardown(() => trace.close());
    t.same(
      trace.acks.map(({ text, block_index }) => [text, block_index < trace.endIndex]),
      [
        ['one', true],
        ['two', false],
      ],
      'acks that the log lacks lie past its end',
    );
    const judged = await check(job.traceFolder);
    t.match(judged, { verdict: 'unknown', observed: 'unknown' });
    t.ok(judged.notes.some((note) => /Ran out of space on the logdev/.test(note)));
  });

  await t.test('a log too small for its own file system is no recording', async (t) => {
    const job = guest.job('tiny', `${logged}\nworkload: {run: 'true'}\n`);
    const openRecorder = logWritesRecorder(machine, { logBytes: 2 ** 20 });
    await t.rejects(record({ ...job, openRecorder }), {
      message: /logged nothing of the workload: Ran out of space/,
    });
    t.notOk(existsSync(join(job.traceFolder, 'manifest.json')));
    t.equal(await inOrder(), untouched);
  });

  await t.test('workloads that fail, hang, or end before a background write', async (t) => {
    const failing = guest.job('failing', `${logged}\nworkload: {run: 'echo x > a; exit 3'}\n`);
    t.match(await record({ ...failing, openRecorder: logWritesRecorder(machine) }), {
      workload: { exit_code: 3 },
      doubt: undefined,
    });
    const hanging = guest.job(
      'hanging',
      `${logged}\nworkload: {run: 'while :; do echo x >> a; sync a; done', timeout: 4s}\n`,
    );
    t.match(await record({ ...hanging, openRecorder: logWritesRecorder(machine) }), {
      workload: { timed_out: true },
      doubt: undefined,
    });
    t.equal(await inOrder(), untouched);
    const judged = await check(hanging.traceFolder);
    t.match(judged, { observed: 'unknown' });
    t.ok(judged.notes.some((note) => /did not end within 4 s/.test(note)));
  });

  await t.test('what the disk still holds back at the end is recorded', async (t) => {
    // Without barriers no flush is ever sent: all the kernel logs, it logs when the target goes.
    const yaml = `storage: [{fs: ext4, method: dm-log-writes, mount: [nobarrier]}]\nworkload: {run: 'echo kept > a; sync a; sync .; plugpull ack a'}\n`;
    const job = guest.job('nobarrier', yaml);
    t.equal((await record({ ...job, openRecorder: logWritesRecorder(machine) })).doubt, undefined);
    const trace = openTrace(job.traceFolder);
    t.teardown(() => trace.close());
    t.notOk(trace.operations.some(({ kind, fua }) => kind === 'flush' || fua));
    t.ok(trace.operations.some(({ kind }) => kind === 'write'));
    t.ok(
      trace.operations.every(({ index }) => index > trace.acks[0]!.block_index),
      'logged after the ack',
    );
    t.match(await check(job.traceFolder), { observed: 'violation', coverage: [{ exhaustive: true }] });
  });

  t.same(
    readdirSync(guest.space.folder)
      .filter((name) => name.startsWith('record-'))
      .flatMap((name) => readdirSync(join(guest.space.folder, name))),
    [],
    'no disk, log or image is left in the run',
  );
});

t.test('nobarrier is found by our disk and by dm-log-writes; the same with barriers is clean', async (t) => {
  if (!requires(t, need)) return;
  // In a folder of their own: guests get the whole folder, and the bench's holds disk images by now.
  const folder = join(bench.folder, 'scenarios');
  mkdirSync(folder);
  const files = [
    ['nobarrier', 'mount: [nobarrier], '],
    ['barrier', ''],
  ].map(([name, mount]) => {
    const path = join(folder, `${name}.yaml`);
    const storages = ['disk', 'dm-log-writes'].map((method) => `{fs: ext4, ${mount}method: ${method}}`);
    writeFileSync(
      path,
      `name: ${name}\nplace: vm\nvm: {kernel: uml}\nworkload: {run: python3 $WORKLOADS/seeds/directory_sync.py}\nack: {stdout: '^(Synced .+)$'}\nstorage: [${storages.join(', ')}]\n`,
    );
    return path;
  });
  const { results } = await bench.run(['--no-calibrate', ...files], { timeoutMs: 550_000 });
  t.match(
    results.runs.map(({ storage, observed, contract }) => [storage, contract, observed]),
    [
      [/^ext4, nobarrier, vm/, 'pass', 'violation'],
      [/^ext4, nobarrier, dm-log-writes, vm/, 'pass', 'violation'],
      [/^ext4, vm/, 'pass', 'pass'],
      [/^ext4, dm-log-writes, vm/, 'pass', 'pass'],
    ],
  );
  t.same(bench.leftovers(), []);
});

t.test('Ctrl-C while dm-log-writes records', async (t) => {
  if (!requires(t, need)) return;
  const running = bench.start([
    ...['run', '--place', 'vm', '--kernel', 'uml', '--method', 'dm-log-writes', '--no-calibrate'],
    ...['--out', join(bench.folder, 'interrupted')],
    ...['--ack-stdout', '^(saved)', '--', 'echo x > a; sync a; echo saved; sleep 6000'],
  ]);
  await saidIn(join(bench.folder, 'interrupted'), 'saved');
  running.kill('SIGINT');
  t.equal((await running.ended).exitCode, 130);
  t.same(bench.leftovers(), []);
});

t.test('refused where it cannot be had', async (t) => {
  const cases: [string[], RegExp][] = [
    [[], /key storage\.method: dm-log-writes needs place: vm, found host/],
    [['--place', 'vm', '--disk', 'cache=lying'], /key storage\.disk\.cache: "lying" needs method: disk/],
    [['--place', 'vm', '--disk', 'fua=false'], /key storage\.disk\.fua: false needs method: disk/],
    [['--place', 'vm', '--disk', 'discard=ignored'], /key storage\.disk\.discard: "ignored" needs/],
  ];
  for (const [args, says] of cases) {
    const { exitCode, stderr } = await bench.plugpull([
      'run',
      '--method',
      'dm-log-writes',
      ...args,
      '--',
      'true',
    ]);
    t.equal(exitCode, 64);
    t.match(stderr, says);
  }
});

/** Waits until a recording below a folder has printed a text. */
async function saidIn(folder: string, text: string): Promise<void> {
  for (let i = 0; i < 5000; i++) {
    const outputs = existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
          name.endsWith('workload.out'),
        )
      : [];
    if (outputs.some((name) => readFileSync(join(folder, name), 'utf8').includes(text))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing in ${folder} said ${text}`);
}
