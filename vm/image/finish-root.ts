import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removedPaths } from './root-packages.js';

/** Names that packages' scripts would link to one of several programs. */
const links: Record<string, string> = {
  'usr/bin/awk': 'mawk',
  'var/run': '/run',
  'var/lock': '/run/lock',
  'etc/mtab': '../proc/self/mounts',
};

const files: Record<string, string> = {
  'etc/hostname': 'plugpull\n',
  'etc/hosts': '127.0.0.1 localhost plugpull\n::1 localhost\n',
};

/** Folders that scripts would make, and mount points. */
const folders = [
  'dev',
  'proc',
  'sys',
  'run',
  'tmp',
  'mnt',
  'media',
  'opt',
  'srv',
  'home',
  'root',
  'var/mail',
];

/** From the templates that packages bring to where their scripts would copy them. */
const copies: Record<string, string> = {
  'usr/share/base-passwd/passwd.master': 'etc/passwd',
  'usr/share/base-passwd/group.master': 'etc/group',
  'usr/share/libc-bin/nsswitch.conf': 'etc/nsswitch.conf',
  'usr/share/base-files/profile': 'etc/profile',
};

/** Everything above that decides what the root image holds, for its key. */
export const finishSettings = { links, files, folders, copies, removedPaths };

/** Does what the scripts of packages would do at installation, as far as a guest needs it; drops what it does not. */
export function finishRoot(root: string): void {
  for (const path of removedPaths) rmSync(join(root, path), { recursive: true, force: true });
  for (const path of folders) mkdirSync(join(root, path), { recursive: true });
  for (const [from, to] of Object.entries(copies)) copyFileSync(join(root, from), join(root, to));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  for (const [path, target] of Object.entries(links)) {
    const link = join(root, path);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(target, link);
  }
}
