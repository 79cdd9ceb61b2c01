import { readFileSync } from 'node:fs';

/** plugpull's own version, from package.json. */
export const toolVersion: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version;
