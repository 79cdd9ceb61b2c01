import type { Mirror } from './build-options.js';

/** The release the root image is made of, and the kernel unless its name says another. */
export const rootSuite = 'bookworm';

/** Debian releases that kernels can come from, with the version of Linux in each; the last two move on. */
export const suites = {
  bullseye: '5.10',
  bookworm: '6.1',
  trixie: '6.12',
  forky: '7.2',
  sid: '7.2',
} as const;

export type Suite = keyof typeof suites;

/** Package debian-archive-keyring; the keys of all releases that are not archived yet. */
export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The release with its updates, as sources.list(5). What is unstable has none beside it. */
export function sourcesList(suite: Suite, mirror: Mirror): string {
  const archives: [url: string, name: string][] = [[mirror.debian, suite]];
  if (suite !== 'sid')
    archives.push([mirror.debian, `${suite}-updates`], [mirror.security, `${suite}-security`]);
  return archives.map(([url, name]) => `deb [signed-by=${keyring}] ${url} ${name} main\n`).join('');
}
