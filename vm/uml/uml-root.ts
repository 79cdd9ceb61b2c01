import { join } from 'node:path';
import { guestFolder } from '../image/initramfs.js';
import { containerSerial } from '../machine/open-container.js';
import type { UmlDisk } from './uml-command.js';
import { requirePython, type UmlImages } from './uml-images.js';

/** How a kernel comes by its root and its first program. */
export interface UmlRoot {
  root: string[];
  environment: Record<string, string>;
  words: string[];
  disks: UmlDisk[];
}

export function umlRoot({ kernel, root, container }: UmlImages): UmlRoot {
  if (root === 'host') {
    return {
      root: ['rootfstype=hostfs', 'rootflags=/', 'ro', `init=${requirePython()}`],
      environment: { plugpull_modules: kernel.modules },
      words: ['-E', '-s', '-S', join(guestFolder, 'host_root.py')],
      disks: [],
    };
  }
  return {
    root: [`initrd=${root.initramfs}`],
    // The first of its disks.
    environment: { plugpull_root: '/dev/ubda' },
    words: [],
    disks: [
      { kind: 'file', path: root.image, readOnly: true, serial: 'plugpull-root' },
      ...(container ? [imageDisk(container.image)] : []),
    ],
  };
}

function imageDisk(path: string): UmlDisk {
  return { kind: 'file', path, readOnly: true, serial: containerSerial };
}
