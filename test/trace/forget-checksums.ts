import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a trace one of before there were checksums, so that what a test changes in it is believed. */
export function forgetChecksums(traceFolder: string): void {
  const path = join(traceFolder, 'manifest.json');
  const { checksums, ...older } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  if (checksums === undefined) throw new Error(`${path} has no checksums`);
  writeFileSync(path, JSON.stringify(older));
}
