import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificate } from './certificate.js';
import type { ProbeDocument } from './probe-document.js';

/** Leaves a probe's document and its certificate in a results folder. */
export function writeProbe(folder: string, document: ProbeDocument): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'probe.json'), `${JSON.stringify(document)}\n`);
  writeFileSync(join(folder, 'certificate.md'), certificate(document));
}
