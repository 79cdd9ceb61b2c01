/** What is in the root image, and what is left out of what Debian would install for it. */

/** Asked of apt, which adds what they need. */
export const rootPackages = [
  // a shell, and the tools that any script takes for granted
  'base-files',
  'base-passwd',
  'bash',
  'bsdutils',
  'busybox-static',
  'coreutils',
  'dash',
  'debianutils',
  'diffutils',
  'findutils',
  'grep',
  'gzip',
  'hostname',
  'libc-bin',
  'mawk',
  'mount',
  'ncurses-bin',
  'procps',
  'sed',
  'tar',
  'util-linux',
  'xz-utils',
  // disks and file systems
  'acl',
  'attr',
  'btrfs-progs',
  'dmsetup',
  'e2fsprogs',
  'f2fs-tools',
  'kmod',
  'xfsprogs',
  // what workloads and checkers are written in or for
  'git',
  'libaio1',
  'libstdc++6',
  'liburing2',
  'python3',
  'sqlite3',
  'strace',
] as const;

/** Left out, with what needed them: those parts do not run in the guest. */
const leftOut = new Set([
  // git's interactive scripts, and the settings dialogues of packages that are unpacked only
  'perl',
  'perl-base',
  'perl-modules-5.36',
  'libperl5.36',
  'liberror-perl',
  'libfile-find-rule-perl',
  'libnumber-compare-perl',
  'libtext-glob-perl',
  'debconf',
  'dpkg',
  'init-system-helpers',
  'usrmerge',
  'ucf',
  // xfs_scrub, 35 MB for it alone
  'libicu72',
  // git over the network, where there is none
  'git-man',
  'libbrotli1',
  'libcurl3-gnutls',
  'libgnutls30',
  'libhogweed6',
  'libidn2-0',
  'libldap-2.5-0',
  'libnettle8',
  'libnghttp2-14',
  'libp11-kit0',
  'libpsl5',
  'librtmp1',
  'libsasl2-2',
  'libsasl2-modules-db',
  'libssh2-1',
  'libtasn1-6',
  'libunistring2',
  // documentation only
  'gcc-12-base',
]);

export function isInRoot(packageName: string): boolean {
  return !leftOut.has(packageName);
}

/** Paths in the root image that are removed again: nobody reads them in a guest, or what they need is left out. */
export const removedPaths = [
  'boot',
  'usr/games',
  'usr/include',
  'usr/share/bash-completion',
  'usr/share/bug',
  'usr/share/doc',
  'usr/share/doc-base',
  'usr/share/git-core/contrib',
  'usr/share/i18n',
  'usr/share/info',
  'usr/share/initramfs-tools',
  'usr/share/lintian',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/perl5',
  'usr/share/zoneinfo/right',
  'usr/src',
  'usr/sbin/xfs_scrub',
  'usr/lib/git-core/git-http-fetch',
  'usr/lib/git-core/git-http-push',
  'usr/lib/git-core/git-imap-send',
  'usr/lib/git-core/git-remote-http',
  'usr/lib/git-core/git-remote-https',
  'usr/lib/git-core/git-remote-ftp',
  'usr/lib/git-core/git-remote-ftps',
  'usr/lib/python3.11/ensurepip',
  'usr/lib/python3.11/idlelib',
  'usr/lib/python3.11/lib2to3',
  'usr/lib/python3.11/pydoc_data',
  'usr/lib/python3.11/turtledemo',
] as const;
