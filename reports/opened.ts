import { openStoredProbe } from '../harness/probe/stored-probe.js';
import { openStoredResults } from '../harness/verdict/stored-results.js';
import { type OwnDocument, openOwnDocument } from './own-document.js';
import { resultsOfProbe } from './probe/as-results.js';
import type { Reportable } from './reporter.js';

/**
 * Whatever can be reported: results of runs, or of a probe.
 * @param path a results folder, the folder of one of its runs, or a file that `--json` was written to
 * @throws UsageError naming the file, the key, what was expected and what was found
 */
export function openReportable(path: string): Reportable {
  const probe = openStoredProbe(path);
  if (!probe) return openStoredResults(path);
  const { document, folder } = probe;
  return { results: resultsOfProbe(document, folder), folder, probe: document };
}

/**
 * Whatever `plugpull report` can make again: what can be reported, or a document with a page of its own.
 * @param path as above
 * @throws UsageError as above
 */
export function openForReport(path: string): Reportable | OwnDocument {
  return openOwnDocument(path) ?? openReportable(path);
}
