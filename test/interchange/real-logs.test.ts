/**
 * Logs that were really made: by the kernel's dm-log-writes, and by QEMU's blklogwrites while a guest wrote. Their
 * dialects differ, and docs/interchange.md says how; these are the measurements.
 *
 * The last test kills the guest, so its order matters.
 */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { record } from '../../harness/capture/record.js';
import type { Bus } from '../../harness/scenario/schema/disk.js';
import { openBlockLog } from '../../harness/trace/block-log/reader.js';
import { copyImage } from '../../harness/trace/copy-image.js';
import type { Results } from '../../harness/verdict/results.js';
import { logWritesRecorder } from '../../vm/place/log-writes-recorder.js';
import { LogWritesTarget } from '../../vm/place/log-writes-target.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { parseReferenceLog, type ReferenceEntry } from '../trace/block-log/reference-log.js';
import { TestGuest } from '../vm/test-guest.js';
import { replayed } from './foreign-log.js';

t.setTimeout(580_000);

const bench = new Bench();
t.teardown(() => bench.close());

const sizeBytes = 32 * 2 ** 20;
const flag = { flush: 1n, fua: 2n, discard: 4n, mark: 8n, metadata: 16n };
const mkfs = 'mkfs.ext4 -q -F -b 4096 -E nodiscard,lazy_itable_init=0,lazy_journal_init=0';

const path = (name: string): string => join(bench.folder, name);

/** A log's entries by the independent reader; a log of the kernel's goes on past the end with zeros. */
function entriesOf(log: string): ReferenceEntry[] {
  const bytes = readFileSync(log);
  return parseReferenceLog(bytes, Number(bytes.readBigUInt64LE(16)));
}

async function imported(name: string, args: string[]): Promise<{ stderr: string; trace: string }> {
  const trace = path(name);
  const { exitCode, stderr } = await bench.plugpull(['import', '--fs', 'ext4', '--to', trace, ...args]);
  if (exitCode !== 0) throw new Error(stderr);
  return { stderr, trace };
}

async function checked(trace: string, args: string[] = []): Promise<Results['runs'][number]> {
  const words = ['check', trace, '--json', '--no-calibrate', '--out', path('out'), ...args];
  const { stdout, stderr } = await bench.plugpull(words);
  if (!stdout.startsWith('{')) throw new Error(stderr);
  return (JSON.parse(stdout) as Results).runs[0]!;
}

t.test('logs really made', async (t) => {
  if (!requires(t, { ...hostNeed, qemu: true })) return;
  const guest = await TestGuest.start(bench);
  t.teardown(() => guest.close());
  const { machine, space } = guest;

  await t.test('by the kernel: imported, judged, and what its marks claim is checked', async (t) => {
    const target = await LogWritesTarget.make({
      ...{ machine, space, name: 'foreign', sizeBytes, bus: 'virtio' as const },
      ...{ writeDelayMs: 0, logBytes: 2 ** 30 },
    });
    const at = '/mnt/foreign';
    await guest.sh(`${mkfs} ${target.device} && mkdir -p ${at} && mount -o discard ${target.device} ${at}`);
    await guest.sh(`sync -f ${at}`);
    await target.mark('mkfs');
    await guest.sh(
      `cd ${at} && echo one > kept && sync kept && sync . && echo two > careless && dd if=/dev/urandom of=big bs=64k count=8 conv=fsync`,
    );
    await target.mark('saved');
    await guest.sh(`cd ${at} && rm big && sync -f . && sync -f .`);
    t.equal(await target.takeAway(path('content.img')), null);
    const log = path('kernel.log');
    await copyImage(target.log, log);
    await guest.sh(`umount ${at}`);
    await target.close();

    // By the format's rules, read in the simplest way, the log leads from nothing to what the disk held.
    const entries = entriesOf(log);
    const content = readFileSync(path('content.img'));
    t.ok(replayed(Buffer.alloc(sizeBytes), entries).equals(content), 'the log is all that was done');
    t.same(
      entries.filter(({ flags }) => flags & flag.mark).map(({ text }) => text.toString()),
      ['mkfs', 'saved', 'dm-log-writes-end'],
    );
    t.ok(
      entries.some(({ flags, sectorCount }) => flags & flag.fua && sectorCount > 0n),
      'FUA writes',
    );
    t.ok(
      entries.some(({ flags }) => flags & flag.metadata),
      'metadata',
    );
    t.ok(
      entries.some(
        ({ flags, sectorCount }) => flags === (flag.flush | flag.fua | flag.metadata) && sectorCount === 0n,
      ),
      'a flush with data comes apart, and the flush keeps the flags of the write',
    );
    const discards = entries.filter(({ flags }) => flags & flag.discard);
    t.ok(
      discards.some(({ sectorCount, payload }) => sectorCount >= 1024n && payload.length === 0),
      'a discard counts sectors and has no payload',
    );
    t.equal(readFileSync(log).readUInt32LE(24), 512);

    const zeros = path('zeros.img');
    writeFileSync(zeros, '');
    truncateSync(zeros, sizeBytes);
    const { trace, stderr } = await imported('kernel', [
      ...['--base', zeros, '--log', log, '--from-mark', 'mkfs', '--mount-options', 'discard'],
    ]);
    t.equal(stderr, '', 'nothing odd about it');
    const holds = '[ "$PLUGPULL_ACKS" -lt 1 ] || grep -qx one kept';
    t.match(await checked(trace, ['--fsck', 'after', '--checker', holds]), {
      verdict: 'pass',
      coverage: [{ exhaustive: true, audit: { mismatched: 0 } }],
    });
    const hopes = `[ "$PLUGPULL_ACKS" -lt 1 ] || grep -qx two careless`;
    t.match(await checked(trace, ['--checker', hopes]), { verdict: 'violation' }, 'never synced');
  });

  await t.test('recorded by dm-log-writes: discards are in the log and in the crash states', async (t) => {
    const run =
      'dd if=/dev/urandom of=big bs=64k count=16 conv=fsync && sync -f . && rm big && sync -f . && sync -f . && plugpull ack removed';
    const job = guest.job(
      'discards',
      `storage: [{fs: ext4, method: dm-log-writes, mount: [discard]}]\nworkload: {run: ${JSON.stringify(run)}}\n`,
    );
    const manifest = await record({ ...job, openRecorder: logWritesRecorder(machine) });
    // The recorder held the log against the disk: a discard that one did and the other did not would be a doubt.
    t.equal(manifest.doubt, undefined);
    const discards = entriesOf(join(job.traceFolder, 'disk.log')).filter(
      ({ flags }) => flags === flag.discard,
    );
    t.ok(
      discards.some(({ sectorCount }) => sectorCount >= 2048n),
      'the removed file was discarded',
    );
    t.match(await checked(job.traceFolder), { observed: 'pass', coverage: [{ exhaustive: true }] });
  });

  await t.test('exported: the guest itself gets the disk back from image and log', async (t) => {
    const yaml =
      "storage: [{fs: ext4, size: 32MiB, method: dm-log-writes}]\nworkload: {setup: 'echo old > file', run: 'echo new > file; sync file; mkdir d; mv file d/moved; sync -f .; plugpull ack moved; echo late > late'}\n";
    const job = guest.job('to-export', yaml);
    t.equal((await record({ ...job, openRecorder: logWritesRecorder(machine) })).doubt, undefined);
    const { exitCode } = await bench.plugpull(['export', job.traceFolder, '--to', path('exported')]);
    t.equal(exitCode, 0);
    const image = readFileSync(path('exported/base.img'));
    const entries = entriesOf(path('exported/disk.log'));
    t.equal(entries.filter(({ flags }) => flags & flag.mark).length, 1, 'the ack is a mark');
    const upToAck = entries.slice(
      0,
      entries.findIndex(({ flags }) => flags & flag.mark),
    );
    for (const [name, part, found] of [
      ['at-ack', upToAck, 'd\nmoved: new'],
      ['at-end', entries, 'd\nlate\nmoved: new'],
    ] as const) {
      const file = path(`${name}.img`);
      writeFileSync(file, replayed(image, part));
      const device = await machine.addDisk({
        serial: name,
        bus: 'virtio',
        source: { kind: 'file', path: file, readOnly: false },
      });
      const at = `/mnt/${name}`;
      await guest.sh(`mkdir -p ${at} && mount ${device} ${at}`);
      t.equal(await guest.sh(`cd ${at}; ls -I lost+found; echo "moved: $(cat d/moved)"`), found, name);
      await guest.sh(`umount ${at} && e2fsck -fn ${device}`);
      await machine.removeDisk(name);
    }
  });

  /** A fresh disk that QEMU logs, with a file system made before the log began. */
  const loggedDisk = async (
    name: string,
    { bus = 'virtio', logSectorBytes = 512 }: { bus?: Bus; logSectorBytes?: 512 | 4096 } = {},
  ): Promise<{ device: string; base: string; data: string; log: string }> => {
    const files = { data: path(`${name}.img`), base: path(`${name}-base.img`), log: path(`${name}.log`) };
    writeFileSync(files.data, '');
    truncateSync(files.data, sizeBytes);
    writeFileSync(files.log, '');
    const plain = await machine.addDisk({
      serial: `qemu-${name}-plain`,
      bus: 'virtio',
      source: { kind: 'file', path: files.data, readOnly: false },
    });
    await guest.sh(`${mkfs} ${plain}`);
    await machine.removeDisk(`qemu-${name}-plain`);
    copyFileSync(files.data, files.base);
    const source = { kind: 'logged' as const, path: files.data, logPath: files.log, logSectorBytes };
    return { ...files, device: await machine.addDisk({ serial: `qemu-${name}`, bus, source }) };
  };

  for (const { name, bus, logSectorBytes } of [
    { name: 'virtio', bus: 'virtio', logSectorBytes: 512 },
    { name: 'scsi', bus: 'scsi', logSectorBytes: 4096 },
  ] as const) {
    await t.test(`by QEMU, ${name}, in sectors of ${logSectorBytes} bytes`, async (t) => {
      const { device, base, data, log } = await loggedDisk(name, { bus, logSectorBytes });
      const at = `/mnt/${name}`;
      await guest.sh(`mkdir -p ${at} && mount -o discard ${device} ${at}`);
      await guest.sh(
        `cd ${at} && echo one > kept && sync kept && sync . && dd if=/dev/urandom of=big bs=64k count=8 conv=fsync && rm big && sync -f . && sync -f .`,
      );
      const fua = (await guest.sh(`cat /sys/block/${device.slice(5)}/queue/fua`)) === '1';
      t.equal(fua, bus === 'scsi', 'only SCSI takes FUA');
      await guest.sh(`umount ${at}`);
      await machine.removeDisk(`qemu-${name}`);

      const bytes = readFileSync(log);
      t.equal(bytes.readUInt32LE(24), logSectorBytes);
      const entries = entriesOf(log);
      t.same(
        [...new Set(entries.map(({ flags }) => flags))].sort(),
        [0n, flag.flush, flag.discard],
        'no FUA, no MARK, no METADATA, whatever the bus',
      );
      t.ok(
        entries.filter(({ flags }) => flags === flag.flush).every(({ sectorCount }) => sectorCount === 0n),
        'a flush comes alone',
      );
      t.ok(
        entries.some(
          ({ flags, sectorCount, payload }) =>
            flags === flag.discard && sectorCount > 0n && payload.length === 0,
        ),
        'a discard counts sectors and has no payload',
      );
      const content = readFileSync(data);
      t.ok(
        replayed(readFileSync(base), entries, logSectorBytes).equals(content),
        'the log is all that was done',
      );
      const { trace, stderr } = await imported(`qemu-${name}`, ['--base', base, '--log', log]);
      t.equal(stderr, '');
      const run = await checked(trace, ['--fsck', 'after']);
      t.match(run, { verdict: 'pass', coverage: [{ exhaustive: true, audit: { mismatched: 0 } }] });
    });
  }

  await t.test('by QEMU, killed: the count is stale, and a torn last entry does not exist', async (t) => {
    const { device, base, log } = await loggedDisk('killed');
    // Past the file system's own blocks: nothing that recovery reads.
    const put = (megabyte: number, how = ''): Promise<string> =>
      guest.sh(`dd if=/dev/urandom of=${device} bs=64k count=1 seek=${megabyte * 16} oflag=direct ${how}`);
    await put(20, 'conv=fsync');
    await put(21);
    await put(22);
    await machine.pullPlug();
    const bytes = readFileSync(log);
    const counted = Number(bytes.readBigUInt64LE(16));
    const index = openBlockLog(log);
    t.teardown(() => index.close());
    t.equal(index.entries.length, counted + 2, 'what came after the last flush is there and not counted');
    t.match(index.warnings, [/counts \d+ entries, \d+ are there; all are used/]);
    const all = await imported('killed-all', ['--base', base, '--log', log]);
    t.match(all.stderr, /all are used/);
    const believed = await imported('killed-believed', [
      ...['--base', base, '--log', log, '--ignore-past-count'],
    ]);
    t.equal(believed.stderr, '');

    const torn = path('torn.log');
    copyFileSync(log, torn);
    const last = index.entries.at(-1)!;
    truncateSync(torn, last.dataOffset + 512);
    const { stderr, trace } = await imported('killed-torn', ['--base', base, '--log', torn]);
    t.match(stderr, /entry \d+ .*torn .*dropped/);
    const kept = openBlockLog(join(trace, 'disk.log'));
    t.teardown(() => kept.close());
    t.equal(kept.entries.length, index.entries.length - 1);
    t.match(await checked(trace), { verdict: 'pass', coverage: [{ exhaustive: true }] });
  });
});
