import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openStoredProbe } from '../harness/probe/stored-probe.js';
import { UsageError } from '../harness/verdict/errors.js';
import { openStoredResults } from '../harness/verdict/stored-results.js';
import { resultsOfProbe } from './probe/as-results.js';
import type { Reportable } from './reporter.js';

/**
 * Whatever can be reported: results of runs, or of a probe.
 * @param path a results folder, the folder of one of its runs, or a file that `--json` was written to
 * @throws UsageError naming the file, the key, what was expected and what was found
 */
export function openReportable(path: string): Reportable {
  refuseOnePage(path);
  const probe = openStoredProbe(path);
  if (!probe) return openStoredResults(path);
  const { document, folder } = probe;
  return { results: resultsOfProbe(document, folder), folder, probe: document };
}

/** What has a page of its own, made along with it, and nothing that the other formats could say. */
function refuseOnePage(path: string): void {
  for (const command of ['mutants', 'properties']) {
    const page = join(path, `${command}.html`);
    if (existsSync(page))
      throw new UsageError(
        `${path}: expected results of plugpull run or probe, got those of plugpull ${command}: their page is ${page}, their document ${join(path, `${command}.json`)}`,
      );
  }
}
