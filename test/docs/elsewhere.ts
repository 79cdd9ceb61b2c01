/** Commands of the pages that nothing runs as they are printed, and why; `by` names what runs the same otherwise. */
export interface Elsewhere {
  why: string;
  by: string | null;
  commands: readonly string[];
}

export const elsewhere: readonly Elsewhere[] = [
  {
    why: 'it is what runs this test',
    by: null,
    commands: ['npm test'],
  },
  {
    why: 'it changes the sources',
    by: 'npm run lint',
    commands: ['npm run format'],
  },
  {
    why: 'minutes to hours, and it is a campaign or a benchmark itself',
    by: 'scripts/campaign, scripts/bench',
    commands: [
      'npm run bench',
      'npm run campaign',
      'npm run campaign -- programs',
      'npm run campaign -- properties-table',
      'npm run campaign -- steadiness',
      'npm run campaign -- dockerfile',
      'npm run campaign -- docs',
      'npm run campaign -- kill-9 matrix',
      'npm run campaign -- --seed 6 --count 50 kill-9',
      'npm run campaign -- --seed 2026 kernels',
      'npm run campaign -- --seed 2026 --count 1 f2fs',
      'npm run campaign -- --seed 2026 kill-vm',
      'npm run campaign -- --seed 2026 live',
    ],
  },
  {
    why: 'hours: every storage of the matrix',
    by: 'bench/probe-table.ts, bench/campaign/properties-table.ts, test/e2e/probe-shards.test.ts',
    commands: [
      'plugpull probe probes/matrix.yaml',
      'plugpull probe probes/matrix.yaml --seq 2 --shard 1/3',
      'plugpull properties probes/properties.yaml',
    ],
  },
  {
    why: 'hours for every workload; one of them is run as docs/findings prints it',
    by: 'docs/findings/fuse-directory-fsync.md',
    commands: ["plugpull probe --fs 'bindfs -f $LOWER $AT'"],
  },
  {
    why: 'servers that do not end, on the port that everybody uses, and hours of work',
    by: 'test/e2e/queue.test.ts, test/e2e/queue-run.test.ts',
    commands: [
      'redis-server --bind 127.0.0.1',
      'plugpull worker --queue redis://127.0.0.1:6379 --store /srv/plugpull',
      'plugpull probe probes/matrix.yaml --seq 2 --queue redis://127.0.0.1:6379 --store /srv/plugpull',
      'plugpull run scenarios --queue redis://127.0.0.1:6379 --store /srv/plugpull',
      'plugpull check TRACE --queue redis://127.0.0.1:6379 --store /srv/plugpull',
    ],
  },
  {
    why: 'an image that only its reader has, or that comes from a registry of images',
    by: 'test/container/container.test.ts, test/vm/root-image.test.ts',
    commands: [
      "plugpull run --place container --image my/server --ack-stdout '^saved' --checker './check.sh' -- ./load.sh",
      'plugpull run --place vm --root python:3.12-slim scenarios/seeds/atomic-replace.yaml',
      'plugpull vm build --root python:3.12-slim',
    ],
  },
  {
    why: 'a kernel that only its reader has built',
    by: 'test/vm/image',
    commands: ['plugpull vm build --kernel ~/linux/arch/x86/boot/bzImage --modules ~/linux-modules'],
  },
  {
    why: "it takes away the machine's guest images, which other tests use",
    by: 'test/cli/vm-images.test.ts',
    commands: ['plugpull vm clean'],
  },
  {
    why: 'a shell for a person',
    by: 'test/cli/mount-uml.test.ts',
    commands: ['plugpull mount RUN F1 --recover uml'],
  },
  {
    why: "device mapper on the reader's own disk, as root; most test machines have no device mapper",
    by: 'test/interchange/kernel-log.test.ts',
    commands: [
      'truncate -s 1G log.img && losetup /dev/loop8 log.img',
      'cp --sparse=always /dev/sdb base.img',
      'dmsetup create logged --table "0 $(blockdev --getsz /dev/sdb) log-writes /dev/sdb /dev/loop8"',
      'mount /dev/mapper/logged /mnt',
      '... ; dmsetup message logged 0 mark "saved 1"',
      'dmsetup status logged',
      'umount /mnt && dmsetup remove logged',
      'plugpull import --base base.img --log log.img --fs ext4 --to trace',
    ],
  },
  {
    why: "the reader's own QEMU guest; its log is read in tests",
    by: 'test/interchange/real-logs.test.ts',
    commands: [
      'cp --sparse=always disk.img base.img',
      'qemu-system-x86_64 ... -blockdev driver=file,node-name=data,filename=disk.img -blockdev driver=file,node-name=log,filename=disk.log -blockdev driver=blklogwrites,node-name=logged,file=data,log=log -device virtio-blk-pci,drive=logged',
      'plugpull import --base base.img --log disk.log --fs ext4 --to trace',
    ],
  },
  {
    why: 'replay-log is in no Debian package',
    by: 'test/cli/export-import.test.ts, by a reader of its own',
    commands: [
      'cp --sparse=always base.img replayed.img',
      "replay-log --log disk.log --replay replayed.img --end-mark 'saved 1'",
    ],
  },
  {
    why: 'shown without plugpull, in a guest, for minutes each',
    by: 'npm run campaign -- findings',
    commands: [
      'cd docs/findings/shown',
      "LINUX=linux.uml WANTED='loop' ./guest.sh tinydb.sh",
      'WANTED=loop ./guest.sh btrfs-unlinked-open-file.sh',
      'WANTED=loop ./guest.sh ext4-fast-commit.sh',
      "WANTED='f2fs loop dm-delay dm-log-writes' ./guest.sh f2fs-first-fsync.sh",
      "DISK_MIB=17408 MEM_MIB=1536 WANTED='f2fs loop dm-log-writes' ./guest.sh f2fs-strict-append.sh",
      "WANTED='loop fuse' ./guest.sh fuse-directory-fsync.sh",
      "DISK_MIB=400 WANTED='loop dm-log-writes' ./guest.sh tdb.sh",
      'WANTED=loop ./guest.sh tinydb.sh',
      "DISK_MIB=400 WANTED='loop dm-log-writes' ./guest.sh xfs-syncfs.sh",
    ],
  },
];
