import { readFileSync } from 'node:fs';
import type { Capability } from './capability.js';

/** Bit numbers of include/uapi/linux/capability.h. */
const capabilityBit = { mknod: 27n, sysAdmin: 21n } as const;

export function probeRoot(): Capability {
  const uid = process.geteuid?.();
  return {
    name: 'root',
    ok: uid === 0,
    detail: `user id ${uid ?? 'unknown'}`,
    neededFor: 'mounting the recorded disk and its crash states',
    fix: 'run plugpull as root, as in: sudo env "PATH=$PATH" plugpull run ...',
  };
}

/** Root in a container may lack the right to mount. */
export function probeMountRight(): Capability {
  const ok = hasCapability(capabilityBit.sysAdmin);
  return {
    name: 'right to mount',
    ok,
    detail: ok ? 'CAP_SYS_ADMIN' : 'CAP_SYS_ADMIN is missing',
    neededFor: 'mounting the recorded disk and its crash states',
    fix: 'run plugpull as root; in a container: --cap-add SYS_ADMIN --security-opt apparmor=unconfined',
  };
}

export function probeDeviceRight(): Capability {
  const ok = hasCapability(capabilityBit.mknod);
  return {
    name: 'right to make device nodes',
    ok,
    detail: ok ? 'CAP_MKNOD' : 'CAP_MKNOD is missing',
    neededFor: 'loop device nodes, where /dev is a plain folder',
    fix: 'run plugpull as root; in a container: --cap-add MKNOD',
  };
}

function hasCapability(bit: bigint): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return effective !== undefined && ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
  } catch {
    return false;
  }
}
