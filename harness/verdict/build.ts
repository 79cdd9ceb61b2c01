/** Which build this is. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toolVersion } from '../version.js';

const programs = fileURLToPath(new URL('../../programs', import.meta.url));

let known: string | null = null;

/** The version, and the digest of the programs as they were built: a checkout's version says little. */
export function build(): string {
  known ??= `${toolVersion} ${digestOfPrograms()}`;
  return known;
}

function digestOfPrograms(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(programs).sort())
    if (name.endsWith('.js')) hash.update(name).update(readFileSync(`${programs}/${name}`));
  return hash.digest('hex').slice(0, 16);
}
