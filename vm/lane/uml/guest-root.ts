/**
 * What a recovering guest sees as its root: the host's files (hostfs), under a layer in memory, so that programs can
 * write wherever they could on the host and nothing of it gets there. /dev, /proc and /sys are the guest's own.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeRoot, loadModule, mount, mountFlag } from '../../../harness/attach/libc.js';

/** devtmpfs is there from the start, and all that can be written to. */
const layers = '/dev/plugpull';
const root = `${layers}/root`;

/** Loads what the guest's kernel needs to see its disks. @param modules the kernel's folder of them, on the host */
export function loadModules(modules: string, names: readonly string[]): void {
  const folder = new Map(
    readFileSync(join(modules, 'index'), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [name, ...files] = line.split(' ');
        return name ? [[name, files] as const] : [];
      }),
  );
  for (const file of names.flatMap((name) => folder.get(name) ?? [])) {
    const fd = openSync(join(modules, file), 'r');
    try {
      loadModule(fd, file);
    } finally {
      closeSync(fd);
    }
  }
}

export function layOutRoot(): void {
  mkdirSync(layers);
  mount('tmpfs', layers, 'tmpfs', 0, 'mode=755');
  for (const name of ['upper', 'work', 'root']) mkdirSync(join(layers, name));
  mount('overlay', root, 'overlay', 0, `lowerdir=/,upperdir=${layers}/upper,workdir=${layers}/work`);
  for (const [name, fs] of [
    ['dev', 'devtmpfs'],
    ['proc', 'proc'],
    ['sys', 'sysfs'],
  ] as const)
    mount(fs, join(root, name), fs, 0, '');
  mkdirSync(join(root, 'dev/shm'), { recursive: true });
  mount('tmpfs', join(root, 'dev/shm'), 'tmpfs', 0, 'mode=1777');
  process.chdir(root);
  mount('.', '/', '', mountFlag.move, '');
  changeRoot('.');
  process.chdir('/');
}

/** A folder of the host's itself, at its own path: what is written there the host has at once. */
export function shareFolder(path: string, options: { readOnly: boolean }): void {
  mkdirSync(path, { recursive: true });
  mount('host', path, 'hostfs', options.readOnly ? mountFlag.readOnly : 0, path);
}

/** @param serial by which the guest tells its disks apart (control-messages.ts) */
export function diskOf(serial: string): string {
  for (const name of readdirSync('/sys/block')) {
    if (!name.startsWith('vd')) continue;
    if (readFileSync(`/sys/block/${name}/serial`, 'utf8').trim() === serial) return `/dev/${name}`;
  }
  throw new Error(`no disk ${serial}`);
}
