import type { CrashTestResult } from './crash-test.js';

/** What `report` made. */
export interface MadeReports {
  /** Paths of the files written. */
  files: string[];
  /** The report that was asked for without a file (`junit=-`, or a format that has none); empty without one. */
  text: string;
}

/**
 * Makes reports of finished runs, also of old ones.
 *
 * @param results a results folder (`resultsFolder` of a result), the folder of one run, or a file of results
 * @param formats as `plugpull report --format` takes them: `html`, `junit=ci/junit.xml`, `sarif=-`
 * @param options `repository`: the folder that paths in reports are relative to; the current one's repository by default
 * @throws UsageError for results or a format that cannot be understood
 */
export async function report(
  results: string,
  formats: string | readonly string[] = 'html',
  options: { repository?: string } = {},
): Promise<MadeReports> {
  const [{ requestedReports }, { writeReports }, { openForReport }, { repositoryAround }] = await Promise.all(
    [
      import('../../reports/requested.js'),
      import('../../reports/write-reports.js'),
      import('../../reports/opened.js'),
      import('../verdict/repository.js'),
    ],
  );
  const { repository = repositoryAround(process.cwd()) } = options;
  let text = '';
  const requested = requestedReports('report', [formats].flat());
  const files = writeReports(requested, openForReport(results), { repository }, (part) => {
    text += part;
  });
  return { files, text };
}

/**
 * Joins the results of several runs, such as shards, into one results folder.
 *
 * @param runs results folders, folders of one run, or files of results; each run once
 * @param options `out`: the folder that the new one is made in, `plugpull-results` by default
 * @throws UsageError for what cannot be read, or a run that comes twice
 */
export async function merge(
  runs: readonly string[],
  { out = 'plugpull-results' }: { out?: string } = {},
): Promise<CrashTestResult> {
  const { writeMerged } = await import('../run/planning/merge-results.js');
  const { results, resultsFolder } = writeMerged(runs, out);
  return { ...results, resultsFolder, limits: [] };
}
