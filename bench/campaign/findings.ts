/** docs/findings: what plugpull found, shown again without it. */
import { join } from 'node:path';
import { umlKernel } from '../../vm/image/uml-kernel.js';
import { checkoutFolder } from '../checkout.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { runProgram } from './program.js';

interface Finding {
  script: string;
  /** Modules of the guest's kernel. */
  wanted: string;
  env?: Record<string, string>;
  /** Lines that show the loss, and lines that show that the control keeps everything. */
  shows: readonly RegExp[];
}

const findings: readonly Finding[] = [
  {
    script: 'f2fs-first-fsync.sh',
    wanted: 'f2fs loop dm-delay dm-log-writes',
    shows: [
      /power cut behind first-after-mount: LOST/,
      /power cut behind second: kept/,
      /power cut behind first-after-sync: LOST/,
      /power cut behind the-one-after-that: kept/,
    ],
  },
  {
    script: 'f2fs-strict-append.sh',
    wanted: 'f2fs loop dm-log-writes',
    env: { DISK_MIB: '17408', MEM_MIB: '1536' },
    shows: [
      /fsync_mode=strict[\s\S]*all up to acked: 50000 bytes: 50000 x 1/,
      /fsync_mode=strict[\s\S]*without its data: 100000 bytes: 49152 x 1, 0 x 2, 0 x 3, 50848 x zero/,
      /fsync_mode=strict[\s\S]*without its data: 100000 bytes: 0 x 1, 46752 x 2, 0 x 3, 53248 x zero/,
    ],
  },
  {
    script: 'tdb.sh',
    wanted: 'loop dm-log-writes',
    // Some 150 file systems, each mounted and looked at by a process.
    env: { DISK_MIB: '400', LIMIT: '3600' },
    shows: ['ext4, 0', 'ext4, 4000', 'xfs, 0', 'xfs, 4000'].map(
      (name) => new RegExp(`${name} records before: [1-9]\\d* of \\d+ prefixes`),
    ),
  },
  {
    script: 'ext4-fast-commit.sh',
    wanted: 'loop',
    shows: [/-O fast_commit: DOES NOT MOUNT/, /-O \^fast_commit: mounts/],
  },
  {
    script: 'xfs-syncfs.sh',
    wanted: 'loop dm-log-writes',
    env: { DISK_MIB: '400' },
    shows: [
      ...['syncfs', 'sync'].flatMap((call) => [
        new RegExp(`1 x xfs: overwrite,fsync-other,${call}: 0 flushes during the call, LOST`),
        new RegExp(`1 x ext4: overwrite,fsync-other,${call}: [1-9]\\d* flushes during the call, kept`),
      ]),
      ...['overwrite,fsync-other,fsync', 'overwrite,fsync-other,fdatasync', 'append,fsync-other,syncfs'].map(
        (what) => new RegExp(`1 x xfs: ${what}: [1-9]\\d* flushes during the call, kept`),
      ),
    ],
  },
  {
    script: 'btrfs-unlinked-open-file.sh',
    wanted: 'loop',
    shows: [
      ...['listed', 'touched', 'made a file in'].flatMap((changed) => [
        new RegExp(`btrfs, directory ${changed} and fsynced, .* fsync of the file: THE FILE IS BACK`),
        new RegExp(`btrfs, directory ${changed} and fsynced, .* fsync of its directory: removed`),
        new RegExp(`ext4, directory ${changed} and fsynced, .* fsync of the file: removed`),
        new RegExp(`xfs, directory ${changed} and fsynced, .* fsync of the file: removed`),
      ]),
      /btrfs, directory left as it was, .* fsync of the file: removed/,
    ],
  },
  {
    script: 'fuse-directory-fsync.sh',
    wanted: 'loop fuse',
    shows: [
      /ext4, rename, fsync of the directory: kept/,
      /ext4, rename, syncfs: kept/,
      /bindfs, rename, fsync of the directory: LOST/,
      /bindfs, rename, syncfs: LOST/,
      /gocryptfs, rename, fsync of the directory: kept/,
      /gocryptfs, rename, syncfs: LOST/,
    ],
  },
  {
    script: 'tinydb.sh',
    wanted: 'loop',
    shows: ['ext4', 'xfs'].flatMap((fs) => [
      new RegExp(`${fs}, shipped: 189 bytes, UNREADABLE`),
      new RegExp(`${fs}, control: 101 bytes, readable, 1 document`),
    ]),
  },
];

export const findingsCampaign: Campaign = {
  name: 'findings',
  about: 'docs/findings: what plugpull found, shown without it in User-mode Linux',
  async run({ only, signal, say }) {
    const kernel = await umlKernel('uml', { signal, onStep: say });
    const folder = join(checkoutFolder, 'docs/findings/shown');
    const chosen = findings.filter(({ script }) => script.includes(only ?? ''));
    for (const { script, wanted, env, shows } of chosen) {
      const { stdout } = await runProgram(join(folder, 'guest.sh'), [join(folder, script)], {
        env: { ...env, LINUX: kernel.program, MODULES: kernel.modules, WANTED: wanted },
        signal,
        onLine: (line) => say(`${script}: ${line}`),
      });
      const missing = shows.filter((line) => !line.test(stdout));
      if (missing.length > 0)
        throw new CampaignFailure(`${script} does not show ${missing.join(', ')}:\n${stdout}`);
    }
    return `${chosen.length} findings shown`;
  },
};
