import { lstatSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../harness/verdict/errors.js';
import { makeFolder } from '../harness/verdict/make-folder.js';
import { formFileName, formOf, type OwnDocument } from './own-document.js';
import type { Reportable, Surroundings } from './reporter.js';
import type { RequestedReport } from './requested.js';

/**
 * Makes the reports asked for. A file is there whole or not at all.
 * @returns the files written
 */
export function writeReports(
  requested: readonly RequestedReport[],
  stored: Reportable | OwnDocument,
  surroundings: Surroundings,
  standardOutput: (text: string) => void,
): string[] {
  const written: string[] = [];
  for (const { reporter, to } of requested) {
    const { format } = reporter;
    const isOwn = 'forms' in stored;
    const text = isOwn ? formOf(stored, format) : reporter.render(stored, surroundings);
    if (to === '-') {
      standardOutput(text);
      continue;
    }
    const path =
      to === null
        ? join(stored.folder, isOwn ? formFileName(stored, format) : reporter.fileName!)
        : resolve(to);
    writeWhole(path, text, format);
    written.push(path);
  }
  return written;
}

function writeWhole(path: string, text: string, format: string): void {
  const temporary = `${path}.tmp-${process.pid}`;
  try {
    makeFolder(dirname(path));
    if (isNoFile(path)) {
      writeFileSync(path, text);
      return;
    }
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    throw new UsageError(`report ${format}: cannot write ${path}: ${(error as Error).message}`);
  }
}

/** A device, a pipe, a link (`/dev/stdout`): it is written to; a file that took its name would be in everybody's way. */
function isNoFile(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile();
}
