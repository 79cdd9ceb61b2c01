import { lackReport, missingFor } from '../../harness/doctor/need.js';
import { UnavailableError } from '../../harness/verdict/errors.js';

/**
 * Says what this machine lacks for building, all of it at once, before anything is downloaded.
 * @throws UnavailableError naming each program and its Debian package
 */
export function requireBuildTools(what: string, commands: readonly string[]): void {
  // The root's own Python is run while building.
  if (process.arch !== 'x64') {
    throw new UnavailableError(
      `${what}: images are made on and for x86-64, and this is ${process.arch}; make them on an x86-64 machine and copy ~/.cache/plugpull/vm`,
    );
  }
  const missing = missingFor({ commands });
  if (missing.length > 0)
    throw new UnavailableError(`${what}: not everything is here\n${lackReport(missing)}`);
}
