import type { Mirror } from './build-options.js';

/** The release the root image is made of, and the kernel unless its name says another. */
export const rootSuite = 'bookworm';

/** Debian releases that kernels can come from, with the version of Linux in each. */
export const suites = { bullseye: '5.10', bookworm: '6.1', trixie: '6.12' } as const;

export type Suite = keyof typeof suites;

/** Package debian-archive-keyring; the keys of all releases that are not archived yet. */
export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The release with its updates, as sources.list(5). */
export function sourcesList(suite: Suite, mirror: Mirror): string {
  return [
    [mirror.debian, suite],
    [mirror.debian, `${suite}-updates`],
    [mirror.security, `${suite}-security`],
  ]
    .map(([url, name]) => `deb [signed-by=${keyring}] ${url} ${name} main\n`)
    .join('');
}
