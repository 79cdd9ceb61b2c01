import { hostRunNeed, lackReport, missingFor } from '../../doctor/need.js';
import type { FileSystem } from '../../scenario/schema/storage.js';
import { UnavailableError } from '../../verdict/errors.js';

/** Throws, naming what is missing, when this machine cannot record or recover these file systems. */
export function requireHost(
  fileSystems: Iterable<FileSystem>,
  commands: readonly string[] = ['nbdfuse'],
): void {
  const missing = missingFor({ ...hostRunNeed([...new Set(fileSystems)]), commands });
  if (missing.length > 0) throw new UnavailableError(lackReport(missing));
}
