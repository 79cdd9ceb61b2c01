/**
 * What was claimed and on what grounds, for a file that is kept: each verdict with the search behind it, what was not
 * looked at, and the digest of the results that say so. It claims nothing that the results do not.
 */
import { createHash } from 'node:crypto';
import type { Finding } from '../harness/verdict/finding.js';
import type { Coverage, RunResult } from '../harness/verdict/results.js';
import type { Reporter } from './reporter.js';
import { counted } from './words/count.js';
import { verdictOf } from './words/coverage.js';
import { escaped } from './words/escaped.js';
import { jsonText } from './words/json-text.js';
import { verdictSentence } from './words/verdict.js';

export const certificateReporter: Reporter = {
  format: 'certificate',
  describe: 'what was claimed and on what grounds, with the digest of the results',
  fileName: 'report.certificate.json',
  render({ results }) {
    const certificate = {
      schema: 'plugpull.certificate/1',
      tool: results.tool,
      environment: results.environment,
      verdict: results.verdict,
      met: results.met,
      sentence: verdictSentence(results),
      // Of the document as `plugpull report RUN --format json` prints it, without its newline.
      results_sha256: createHash('sha256').update(jsonText(results)).digest('hex'),
      claims: results.runs.flatMap(claimsOf),
    };
    return `${JSON.stringify(escaped(certificate), null, 2)}\n`;
  },
};

function claimsOf(run: RunResult): object[] {
  return (['contract', 'observed'] as const).flatMap((evidence) => {
    const outcome = run[evidence];
    if (outcome === null) return [];
    const { scenario, file, storage, container, promises, calibration } = run;
    const searches = run.coverage.filter((coverage) => verdictOf(coverage) === evidence);
    return [
      {
        scenario,
        ...(file === undefined ? {} : { file }),
        storage,
        ...(container ? { container } : {}),
        promises: promises ?? [],
        evidence,
        outcome,
        claim: claimText(run, evidence, searches),
        searches: searches.map(({ model_check: _, ...search }) => search),
        calibration: evidence === 'observed' ? calibration : null,
        findings: run.findings
          .filter((finding) => finding.evidence === evidence)
          .map(({ id, property, masked }) => ({ id, property, masked })),
      },
    ];
  });
}

function claimText(run: RunResult, evidence: Finding['evidence'], searches: readonly Coverage[]): string {
  const outcome = run[evidence];
  if (outcome === 'unknown') {
    const why = run.notes.filter((note) => note.startsWith('unknown') || note.startsWith('calibration'));
    return `nothing is claimed: ${why.join('; ') || 'see the notes of the run'}`;
  }
  if (outcome === 'violation') {
    const own = run.findings.filter((finding) => finding.evidence === evidence).length;
    return `a promise is broken: ${counted(own + (evidence === 'observed' ? (run.unlisted_findings ?? 0) : 0), 'finding')}`;
  }
  const unseen = [...new Set(searches.flatMap((search) => search.unseen))];
  const scope = searches.map((search) => search.scope).join('; ') || 'nothing';
  return unseen.length === 0
    ? `no promise is broken in: ${scope}`
    : `no promise is broken in what was looked at of: ${scope}; not looked at: ${unseen.join('; ')}`;
}
