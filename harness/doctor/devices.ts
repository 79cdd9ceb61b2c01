/**
 * Device nodes. Each is opened and closed again: a node may exist and still be refused (a container's device rules),
 * and opening these has no effect.
 */
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import type { Capability } from './capability.js';
import { findModule } from './kernel-module.js';

const inContainer = 'plugpull doctor --devices makes the node; in a container, as root:';

export function probeFuse(): Capability {
  return probeDevice('/dev/fuse', {
    neededFor: 'attaching the user-space disk',
    fix: `${inContainer} --device /dev/fuse`,
  });
}

export function probeLoop(): Capability {
  return probeDevice('/dev/loop-control', {
    neededFor: 'attaching the user-space disk',
    fix: `${inContainer} --device /dev/loop-control --device-cgroup-rule "b 7:* rmw"`,
  });
}

export function probeKvm(): Capability {
  return probeDevice('/dev/kvm', {
    neededFor: 'fast virtual machines (without it QEMU emulates)',
    fix: 'turn on nested virtualisation, or give the container --device /dev/kvm',
  });
}

export function probeDeviceMapper(): Capability {
  return probeDevice('/dev/mapper/control', {
    neededFor: 'disks stacked with device mapper on the host',
    fix: 'modprobe dm-mod, as root on the host',
  });
}

/** The kernel's own NBD client. nbdfuse does the same in user space. */
export function probeNbd(): Capability {
  const module = findModule('nbd');
  const ok = existsSync('/dev/nbd0');
  return {
    name: 'nbd module',
    ok,
    detail: ok ? '/dev/nbd0' : module === undefined ? 'not in this kernel' : `not loaded (${module})`,
    neededFor: 'attaching an NBD disk without FUSE',
    fix: 'modprobe nbd, as root on the host',
  };
}

function probeDevice(path: string, about: { neededFor: string; fix: string }): Capability {
  const error = openingFails(path);
  return {
    name: path,
    ok: error === undefined,
    detail: error ?? 'opens',
    ...about,
  };
}

function openingFails(path: string): string | undefined {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' ? 'no such device node' : `does not open: ${code}`;
  }
}
