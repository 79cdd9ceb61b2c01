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
  images: GuestImages;
  accelerator: Accelerator;
  memoryMib: number;
  cpus: number;
  paths: QemuPaths;
}): string[] {
  const { images, accelerator, memoryMib, cpus, paths } = options;
  const kernelOptions = [
    'console=ttyS0',
    'quiet',
    // Ends QEMU (with -no-reboot), so that a panic is seen at once.
    'panic=-1',
    'hung_task_panic=1',
    // Guests are ours alone: what protects them from each other only costs time, most of all under emulation.
    'mitigations=off',
    'no_timer_check',
    'random.trust_cpu=on',
  ];
  return [
    ...['setpriv', '--pdeathsig', 'KILL', '--', qemuProgram],
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ...['-machine', 'pc', '-m', `${memoryMib}M`, '-smp', `${cpus}`],
    ...(accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host']
      : ['-accel', 'tcg,thread=multi', '-cpu', 'max']),
    ...['-kernel', images.kernel, '-initrd', images.initramfs, '-append', kernelOptions.join(' ')],
    ...['-chardev', `file,id=console,path=${escaped(paths.consoleLog)}`, '-serial', 'chardev:console'],
    ...['-qmp', `unix:${escaped(paths.qmpSocket)},server=on,wait=off`],
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', `socket,id=agent,path=${escaped(paths.agentSocket)},server=on,wait=off`],
    ...['-device', `virtserialport,chardev=agent,name=${agentPort}`],
    ...['-blockdev', `driver=file,node-name=root,filename=${escaped(images.root)},read-only=on`],
    ...['-device', 'virtio-blk-pci,drive=root,serial=plugpull-root'],
    ...['-device', 'virtio-scsi-pci,id=scsi'],
  ];
}

/** In QEMU's option lists a comma is written twice. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}
