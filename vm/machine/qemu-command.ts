import type { GuestImages } from '../image/guest-images.js';

export const accelerators = ['kvm', 'tcg'] as const;
export type Accelerator = (typeof accelerators)[number];

export interface QemuPaths {
  qmpSocket: string;
  agentSocket: string;
  consoleLog: string;
}

export const qemuProgram = 'qemu-system-x86_64';
/** Must be the port that vm/guest/agent/wire.py looks for. */
const agentPort = 'plugpull.agent';

/**
 * QEMU's command line for a guest of ours: nothing that was not asked for, and a bus that disks can be plugged
 * into while the guest runs.
 *
 * `setpriv --pdeathsig` ends it with the process that started it, however that one ended.
 */
export function qemuCommand(options: {
  images: BootImages;
  accelerator: Accelerator;
  memoryMib: number;
  cpus: number;
  paths: QemuPaths;
}): string[] {
  const { paths, ...machine } = options;
  return [
    ...bareMachine({ ...machine, consoleLog: paths.consoleLog, kernelOptions: ['hung_task_panic=1'] }),
    ...['-qmp', `unix:${escaped(paths.qmpSocket)},server=on,wait=off`],
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', `socket,id=agent,path=${escaped(paths.agentSocket)},server=on,wait=off`],
    ...['-device', `virtserialport,chardev=agent,name=${agentPort}`],
    ...rootDisk(options.images),
    ...['-device', 'virtio-scsi-pci,id=scsi'],
  ];
}

/** A disk that a guest has from its start on. */
export type BootDisk =
  | { serial: string; file: string }
  /** Served over NBD on a unix socket. */
  | { serial: string; socketPath: string };

/**
 * The same for a guest that is given no disk while it runs, and has another program than the agent: words for it are
 * what the kernel's command line has behind `--`.
 *
 * Its program waits for jobs in a read, as long as it takes: no hung task is looked for.
 */
export function fixedCommand(options: {
  images: BootImages;
  accelerator: Accelerator;
  memoryMib: number;
  consoleLog: string;
  /** On the second disk. */
  program: string;
  words: readonly string[];
  /** Behind the root. */
  disks: readonly BootDisk[];
}): string[] {
  const { program, words, disks, ...machine } = options;
  const kernelOptions = [`plugpull_program=${program}`, '--', ...words];
  return [
    ...bareMachine({ ...machine, cpus: 1, kernelOptions }),
    ...rootDisk(options.images),
    ...disks.flatMap((disk) => [
      '-blockdev',
      'file' in disk
        ? `driver=file,node-name=${disk.serial},filename=${escaped(disk.file)},read-only=on`
        : `driver=nbd,node-name=${disk.serial},server.type=unix,server.path=${escaped(disk.socketPath)},discard=unmap`,
      '-device',
      `virtio-blk-pci,drive=${disk.serial},serial=${disk.serial}${'file' in disk ? '' : ',write-cache=on,werror=report,rerror=report'}`,
    ]),
  ];
}

/** What a machine boots from. */
type BootImages = Pick<GuestImages, 'kernel' | 'initramfs' | 'root'>;

function bareMachine(options: {
  images: BootImages;
  accelerator: Accelerator;
  memoryMib: number;
  cpus: number;
  consoleLog: string;
  kernelOptions: readonly string[];
}): string[] {
  const { images, accelerator, memoryMib, cpus, consoleLog } = options;
  const kernelOptions = [
    'console=ttyS0',
    'quiet',
    // Ends QEMU (with -no-reboot), so that a panic is seen at once.
    'panic=-1',
    // Guests are ours alone: what protects them from each other only costs time, most of all under emulation.
    'mitigations=off',
    'no_timer_check',
    'random.trust_cpu=on',
    ...options.kernelOptions,
  ];
  return [
    ...['setpriv', '--pdeathsig', 'KILL', '--', qemuProgram],
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    // Memory that a server of disks can map, too.
    ...['-object', `memory-backend-memfd,id=memory,size=${memoryMib}M,share=on`],
    ...['-machine', 'pc,memory-backend=memory', '-m', `${memoryMib}M`, '-smp', `${cpus}`],
    ...(accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host']
      : ['-accel', 'tcg,thread=multi', '-cpu', 'max']),
    ...['-kernel', images.kernel, '-initrd', images.initramfs, '-append', kernelOptions.join(' ')],
    ...['-chardev', `file,id=console,path=${escaped(consoleLog)}`, '-serial', 'chardev:console'],
  ];
}

function rootDisk({ root }: BootImages): string[] {
  return [
    ...['-blockdev', `driver=file,node-name=root,filename=${escaped(root)},read-only=on`],
    ...['-device', 'virtio-blk-pci,drive=root,serial=plugpull-root'],
  ];
}

/** In QEMU's option lists a comma is written twice. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}
