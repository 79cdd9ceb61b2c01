/**
 * Processes by where they are: what they have open on a run's devices, or a working directory in the run's folder. A
 * program may throw away its environment, its session, its parents and its mounts; a file system stays busy as long as
 * anybody's working directory, root, descriptor or mapping lies on it.
 *
 * Assumes: a loop device that bears a run's label is nobody else's, and neither is a file system that is mounted in the
 * run's folder and nowhere else. The kernel gives a number that is free to whoever asks next, so what was the run's a moment
 * ago may be the disk of another run, whose programs are as young: before anybody is killed the devices are looked for anew,
 * and what bears the mark of a run that is alive is its own.
 * Guarantees: who began before the run did, who has a terminal (nothing that a run starts is given one that controls it),
 * who belongs to another run, and whoever asks, with its parents, is spared, and told of if it keeps a disk busy.
 */
import { closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { deviceNumber } from '../attach/device-number.js';
import { ioctl, placeOf } from '../attach/libc.js';
import { isBelow, type Mount, mounts, mountsBelow, mountsOf } from './mounts.js';
import { processIds, processState } from './process-state.js';
import { commandName, killUntilGone, markOf } from './processes.js';
import type { Owner } from './run-space.js';

export interface DeviceUsers {
  killed: number;
  /** In words. */
  spared: string[];
}

/** What is looked for on whose behalf. */
export interface RunDevices {
  /** The run's folder. */
  folder: string;
  /** Its loop devices, now. */
  loops: () => readonly string[];
  /** Who began it. */
  owner: Owner;
}

/** Kills all that is there, until nothing is. To be asked while the run's mounts are there. */
export function killDeviceUsers(run: RunDevices): DeviceUsers {
  if (usersOf(devicesOf(run)).length === 0) return { killed: 0, spared: [] };
  const parents = ancestorsOfThis();
  const mayBeKilled = (pid: number): boolean => {
    const state = processState(pid);
    if (state === null || parents.has(pid) || isOfAnother(pid, basename(run.folder))) return false;
    return state.terminal === 0 && BigInt(state.startTime) >= BigInt(run.owner.startTime || 0);
  };
  const killed = killUntilGone(
    () => usersNow(run),
    (pid) => !mayBeKilled(pid),
  );
  // Who only stands in the run's folder keeps nothing from being removed.
  const spared = usersNow(run, 'disks').map((pid) => `process ${pid} (${commandName(pid) ?? '?'})`);
  return { killed, spared };
}

interface Devices {
  folder: string;
  /** As stat(2) and proc(5) have them: `major:minor`. */
  numbers: ReadonlySet<string>;
  /** Loop devices on which a btrfs lies. It gives each subvolume a device number of its own, which it alone can tell. */
  btrfs: ReadonlySet<string>;
  /** What is mounted anywhere and is no btrfs; known where some have to be told from it. */
  noBtrfs: ReadonlySet<string>;
}

/** Going through all that everybody has open takes a while: who was found is held against what is the run's after it. */
function usersNow(run: RunDevices, what?: What): number[] {
  const found = usersOf(devicesOf(run), what);
  return found.length === 0 ? [] : usersOf(devicesOf(run), what, found);
}

/** Started by a run that is not this one and whose owner, whom its name tells, is there; its state folder may be another. */
function isOfAnother(pid: number, runId: string): boolean {
  const mark = markOf(pid);
  return mark !== null && mark !== runId && processState(Number.parseInt(mark, 10)) !== null;
}

function devicesOf({ folder, loops: loopsNow }: RunDevices): Devices {
  const loops = loopsNow();
  const numbers = new Set<string>();
  for (const loop of loops) {
    const { major, minor } = deviceNumber(loop);
    numbers.add(`${major}:${minor}`);
  }
  // Where nothing is mounted and nothing attached, nobody else's mounts have to be read.
  if (loops.length > 0 || mountsBelow(folder).length > 0) {
    for (const number of mountedOnlyBelow(folder)) numbers.add(number);
  }
  const btrfs = new Set(loops.filter((loop) => holdsBtrfs(loop)));
  const others = btrfs.size === 0 ? [] : allMounts().filter(({ type }) => type !== 'btrfs');
  return { folder, numbers, btrfs, noBtrfs: new Set(others.map(({ device }) => device)) };
}

/** Devices of file systems that are mounted below a folder, in whoever's mounts, and nowhere else. */
function mountedOnlyBelow(folder: string): string[] {
  const places = new Map<string, boolean>();
  for (const { device, at } of allMounts()) {
    places.set(device, (places.get(device) ?? true) && isBelow(folder, at));
  }
  return [...places].filter(([, onlyBelow]) => onlyBelow).map(([device]) => device);
}

/** Of this process, and of each other that does not share its mounts with one before. */
function allMounts(): Mount[] {
  const seen = new Set([namespaceOf('self')]);
  return [
    ...mounts(),
    ...processIds().flatMap((pid) => {
      const namespace = namespaceOf(pid);
      if (namespace === null || seen.has(namespace)) return [];
      seen.add(namespace);
      return mountsOf(pid);
    }),
  ];
}

function namespaceOf(pid: number | 'self'): string | null {
  return linkOf(`/proc/${pid}/ns/mnt`);
}

type What = 'disks' | 'disks and folder';

function usersOf(devices: Devices, what: What = 'disks and folder', among = processIds()): number[] {
  return among.filter(
    (pid) =>
      pid !== process.pid &&
      (usesAny(pid, devices) || (what === 'disks and folder' && standsIn(pid, devices.folder))),
  );
}

function standsIn(pid: number, folder: string): boolean {
  return isBelow(folder, linkOf(`/proc/${pid}/cwd`) ?? '');
}

function usesAny(pid: number, devices: Devices): boolean {
  const base = `/proc/${pid}`;
  if (devices.numbers.size === 0) return false;
  const open = [`${base}/cwd`, `${base}/root`, ...namesIn(`${base}/fd`).map((fd) => `${base}/fd/${fd}`)];
  return open.some((link) => liesOn(link, devices)) || mapsAny(base, devices.numbers);
}

function liesOn(link: string, { numbers, btrfs, noBtrfs }: Devices): boolean {
  const place = placeOf(link);
  if (place === null) return false;
  const { device, mode } = place;
  if (numbers.has(device)) return true;
  // Sockets, pipes and the like are on devices without a number of their own, too.
  if (btrfs.size === 0 || !device.startsWith('0:') || noBtrfs.has(device)) return false;
  // What is asked has to be opened: that would be heard by who is at a FIFO's other end, or serves a file.
  if (!isFileOrFolder(mode) || !linkOf(link)?.startsWith('/')) return false;
  const disk = diskOfBtrfs(link);
  return disk !== null && btrfs.has(disk);
}

function isFileOrFolder(mode: number): boolean {
  return [constants.S_IFREG, constants.S_IFDIR].includes(mode & constants.S_IFMT);
}

/** The device number is the fourth word of a line, in hexadecimal; a btrfs shows its own there, not the subvolume's. */
function mapsAny(base: string, numbers: ReadonlySet<string>): boolean {
  return [...textOf(`${base}/maps`).matchAll(/^\S+ \S+ \S+ ([0-9a-f]+):([0-9a-f]+) [1-9]/gm)].some(
    ([, major, minor]) => numbers.has(`${Number.parseInt(major!, 16)}:${Number.parseInt(minor!, 16)}`),
  );
}

/** The kernel lists each btrfs that is mounted, or still in use, with its devices. */
function holdsBtrfs(loop: string): boolean {
  const name = loop.slice('/dev/'.length);
  return namesIn('/sys/fs/btrfs').some((id) => namesIn(`/sys/fs/btrfs/${id}/devices`).includes(name));
}

/** BTRFS_IOC_DEV_INFO and its struct: devid (u64), then, in its last 1024 bytes of 4096, the device's path (linux/btrfs.h). */
const deviceInfo = { request: 0xd000941e, bytes: 4096, pathOffset: 3072 } as const;

/** The path of the first device of the btrfs that an open file or a folder lies on; null where it lies on none. */
function diskOfBtrfs(link: string): string | null {
  let fd: number;
  try {
    fd = openSync(link, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const info = Buffer.alloc(deviceInfo.bytes);
    info.writeBigUInt64LE(1n, 0);
    ioctl(fd, deviceInfo.request, info);
    return info.toString('utf8', deviceInfo.pathOffset, info.indexOf(0, deviceInfo.pathOffset));
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

function ancestorsOfThis(): Set<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 0 && !found.has(pid); pid = processState(pid)?.parent ?? 0)
    found.add(pid);
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Gone meanwhile, or not ours to look at.
    return [];
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
