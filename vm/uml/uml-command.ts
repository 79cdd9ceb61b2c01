/**
 * User-mode Linux's command line for a guest of ours. To be started in the kernel's folder (vm/image/own-libraries.ts).
 *
 * `setpriv --pdeathsig` ends it with the process that started it, however that one ended: else it would wait for its
 * disks for ever.
 */
import type { UmlKernel } from '../image/uml-kernel.js';

/** A disk that the guest has from its start on; there is no plugging in later. */
export type UmlDisk =
  /** Served over vhost-user on a unix socket. They become vda, vdb, ... in their order. */
  | { kind: 'vhost-user'; socketPath: string }
  /** A raw image of the host's. */
  | { kind: 'file'; path: string; readOnly: boolean; serial: string };

export interface UmlCommand {
  kernel: Pick<UmlKernel, 'program'>;
  memoryMib: number;
  disks: readonly UmlDisk[];
  /** Where its management socket lies; it must have a folder of its own. */
  folder: string;
  /** How it finds its root and its first program. */
  root: readonly string[];
  /** Its first serial line's descriptor, in and out; none by default. */
  channelFd?: number;
  /** Measures which of its ways to compute RAID's checksums is fastest, which takes 0.85 s; btrfs needs it for RAID5/6. */
  raid6?: boolean;
  /** `NAME=VALUE` for the first program's environment, and words for it. */
  environment?: Readonly<Record<string, string>>;
  words?: readonly string[];
}

export function umlCommand(command: UmlCommand): string[] {
  const { kernel, memoryMib, disks, folder, root, channelFd, raid6 = false } = command;
  const { environment = {}, words = [] } = command;
  let files = 0;
  const asOption = (disk: UmlDisk): string =>
    disk.kind === 'vhost-user'
      ? `virtio_uml.device=${disk.socketPath}:2`
      : `ubd${files++}${disk.readOnly ? 'r' : ''}=${disk.path},,${disk.serial}`;
  return [
    ...['setpriv', '--pdeathsig', 'KILL', '--', kernel.program],
    `mem=${memoryMib}M`,
    ...root,
    // Without it every system call of every program is stopped and looked at by ptrace(2), which may be forbidden.
    'seccomp=on',
    // Ends the process, so that a panic is seen at once.
    ...['panic=-1', 'noreboot', 'quiet'],
    ...(raid6 ? [] : ['initcall_blacklist=raid6_init']),
    ...['con=null', 'con0=null,fd:1'],
    ...(channelFd === undefined ? [] : [`ssl0=fd:${channelFd},fd:${channelFd}`]),
    ...[`uml_dir=${folder}`, 'umid=uml'],
    ...disks.map(asOption),
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(words.length > 0 ? ['--', ...words] : []),
  ];
}
