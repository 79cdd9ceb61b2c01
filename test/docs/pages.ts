import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, checkout } from '../e2e/plugpull.js';

/** What users read, by its path in the checkout. */
export const pages = [
  'README.md',
  ...['docs', 'docs/findings'].flatMap((folder) =>
    readdirSync(join(checkout, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
export const text = (page: string): string => readFileSync(join(checkout, page), 'utf8');

/** The environment of somebody who has installed plugpull. */
export function installedEnvironment(bench: Bench): Record<string, string> {
  const bin = join(bench.folder, 'bin');
  mkdirSync(bin);
  const main = join(checkout, 'dist/harness/cli/main.js');
  writeFileSync(join(bin, 'plugpull'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`, { mode: 0o755 });
  return { ...bench.env, PATH: `${bin}:${process.env.PATH}` };
}
