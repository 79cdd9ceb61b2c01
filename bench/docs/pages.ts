import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from '../checkout.js';

/** What users read, by its path in the checkout. */
export const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...['docs', 'docs/findings'].flatMap((folder) =>
    readdirSync(join(checkoutFolder, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
export const text = (page: string): string => readFileSync(join(checkoutFolder, page), 'utf8');
