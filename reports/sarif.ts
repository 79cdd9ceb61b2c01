/**
 * SARIF 2.1.0 (OASIS), as GitHub code scanning takes it: rules are the kinds of findings by each engine; a result has one
 * location of one line, in the repository, and a code flow: the calls at fault, the ack, the power cut.
 *
 * GitHub refuses a run of more than 25,000 results and a file of more than 10 MB gzipped. The results that weigh least go
 * first; how many is said in a notification.
 */
import { gzipSync } from 'node:zlib';
import { exitCodeOf } from '../harness/verdict/exit-code.js';
import type { Finding, FindingKind } from '../harness/verdict/finding.js';
import type { RunResult } from '../harness/verdict/results.js';
import type { Reporter } from './reporter.js';
import { coverageText } from './words/coverage.js';
import { whenText } from './words/crash-point.js';
import { kindWords, ruleId } from './words/finding-kind.js';
import { fingerprintsOf } from './words/fingerprint.js';
import { jsonText } from './words/json-text.js';
import { lostLabel } from './words/lost-label.js';
import { type Place, placeOf, type Reported, reportedFindings, sourcePlace } from './words/reported.js';
import { visible } from './words/visible.js';

export const mostResults = 25_000;
export const mostGzippedBytes = 10_000_000;
/** Our key among the fingerprints; primaryLocationLineHash is GitHub's own, of the line's text. */
const fingerprintKey = 'plugpullFinding/v1';

export const sarifReporter: Reporter = {
  format: 'sarif',
  describe: 'SARIF 2.1.0 for code scanning',
  fileName: 'report.sarif',
  render({ results, probe }, { repository }) {
    const reported = reportedFindings(results);
    const prints = fingerprintsOf(reported);
    const rules = rulesOf(reported);
    const all = reported
      .slice(0, mostResults)
      .map((one, i) => resultOf(one, { rules, print: prints[i]!, repository }));
    for (let kept = all.length; ; kept = Math.floor(kept / 2)) {
      const text = jsonText(
        document(all.slice(0, kept), {
          rules,
          ofStorage: probe !== undefined,
          version: results.tool.version,
          exitCode: exitCodeOf(results.verdict, results.met),
          notifications: [
            ...results.runs.flatMap(runNotifications),
            ...(kept < reported.length ? [leftOut(reported.length - kept, reported.length)] : []),
          ],
        }),
      );
      if (kept <= 1 || text.length < mostGzippedBytes || gzipSync(text).length <= mostGzippedBytes) {
        return `${text}\n`;
      }
    }
  },
};

interface Rule {
  evidence: Finding['evidence'];
  kind: FindingKind;
}

function rulesOf(reported: readonly Reported[]): Rule[] {
  const byId = new Map<string, Rule>();
  for (const { finding } of reported) {
    const { evidence, kind } = finding;
    byId.set(ruleId(evidence, kind), { evidence, kind });
  }
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
}

function document(
  results: object[],
  {
    rules,
    ofStorage,
    version,
    exitCode,
    notifications,
  }: {
    rules: readonly Rule[];
    ofStorage: boolean;
    version: string;
    exitCode: number;
    notifications: object[];
  },
): object {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'plugpull',
            // "unknown" where a run's folder was all there was to read.
            ...(/^\d/.test(version) ? { semanticVersion: version } : {}),
            rules: rules.map((rule) => ruleObject(rule, ofStorage)),
          },
        },
        invocations: [{ executionSuccessful: true, exitCode, toolExecutionNotifications: notifications }],
        originalUriBaseIds: { SRCROOT: { description: { text: 'the top of the repository' } } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
}

function ruleObject({ evidence, kind }: Rule, ofStorage: boolean): object {
  const { title, meaning, remedy } = kindWords(kind, ofStorage);
  const how =
    evidence === 'contract'
      ? 'Found from the system calls: a persistence model allows this state, whatever file system shows it today.'
      : 'Found on a disk image that a power cut can leave, recovered by the real file system.';
  return {
    id: ruleId(evidence, kind),
    name: `${evidence}-${kind}`,
    shortDescription: { text: title },
    fullDescription: { text: `${meaning} ${how}` },
    help: {
      text: `${meaning}\n\n${remedy}\n\n${how}`,
      markdown: `${meaning}\n\n**What to do:** ${remedy}\n\n${how}`,
    },
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['crash-consistency', 'reliability'], precision: 'very-high' },
  };
}

function resultOf(
  reported: Reported,
  { rules, print, repository }: { rules: readonly Rule[]; print: string; repository: string },
): object {
  const { run, finding, expected, weight } = reported;
  const { evidence, kind, property, lost, fix, reproduce, id, masked } = finding;
  const place = placeOf(reported, repository);
  const lines = [
    `${visible(property)}.`,
    `Promised: ${visible(finding.promise)}.`,
    ...lost.map((line) => `${lostLabel(finding) === 'lost' ? 'Lost' : 'Left'}: ${visible(line)}.`),
    ...(fix === null ? [] : [`Fix: ${visible(fix)}.`]),
    `See it: ${visible(reproduce)}`,
  ];
  return {
    ruleId: ruleId(evidence, kind),
    ruleIndex: rules.findIndex((rule) => rule.evidence === evidence && rule.kind === kind),
    level: weight,
    message: { text: lines.join(' ') },
    locations: [place ? { physicalLocation: physical(place) } : logical(run)],
    codeFlows: [{ threadFlows: [{ locations: flowOf(reported, repository) }] }],
    partialFingerprints: { [fingerprintKey]: print },
    ...(expected
      ? { suppressions: [{ kind: 'external', justification: 'the scenario expects this verdict' }] }
      : {}),
    properties: { finding: id, scenario: visible(run.scenario), storage: visible(run.storage), masked },
  };
}

function physical({ path, line }: Place): object {
  return {
    artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' },
    region: { startLine: line },
  };
}

function logical({ scenario }: RunResult): object {
  return { logicalLocations: [{ name: visible(scenario), kind: 'module' }] };
}

/** What happened, in its order: the calls at fault or the writes that were lost, the last ack, the cut. */
function flowOf({ run, finding }: Reported, repository: string): object[] {
  const { cause, crash_point, evidence } = finding;
  const step = (text: string, place: Place | null): object => ({
    location: {
      ...(place ? { physicalLocation: physical(place) } : {}),
      message: { text },
    },
  });
  const ack = crash_point?.last_ack;
  return [
    ...cause.map(({ syscall, args, at, called_from }) =>
      step(
        evidence === 'contract' ? visible(`${syscall}(${args})`) : visible(`lost: ${args}`),
        sourcePlace(run, at, repository) ??
          (called_from === undefined ? null : sourcePlace(run, called_from, repository)),
      ),
    ),
    ...(ack === undefined ? [] : [step(`ack ${visible(JSON.stringify(ack))}`, null)]),
    step(`power cut ${visible(whenText(finding))}`, null),
  ];
}

/** An unknown is no result; what a pass did not look at is not one either. Both are said. */
function runNotifications(run: RunResult): object[] {
  const head = `${visible(run.scenario)} on ${visible(run.storage)}: ${run.verdict}`;
  const why = run.notes.filter((note) => note.startsWith('unknown') || note.startsWith('calibration'));
  const text = [head, coverageText(run), ...(run.verdict === 'unknown' ? why : [])]
    .filter(Boolean)
    .map(visible);
  return [{ level: run.verdict === 'unknown' ? 'warning' : 'note', message: { text: text.join('; ') } }];
}

function leftOut(count: number, all: number): object {
  return {
    level: 'warning',
    message: {
      text: `${count} of ${all} results are left out: code scanning takes ${mostResults} results and ${mostGzippedBytes} bytes gzipped`,
    },
  };
}
