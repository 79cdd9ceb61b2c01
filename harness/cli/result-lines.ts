import type { ChalkInstance } from 'chalk';
import type { CrashPointSummary, Finding } from '../verdict/finding.js';
import type { Outcome } from '../verdict/outcome.js';
import type { Coverage, Results, RunResult } from '../verdict/results.js';
import { shortCount } from './status.js';

/** One run in a line or two for each finding: what a newcomer needs to know first. */
export function resultLines(result: RunResult, paint: ChalkInstance): string[] {
  const lines = [
    `${mark(result.verdict, paint)} ${paint.bold(result.scenario)}${result.observed === null ? '' : ` on ${result.storage}`}: ${coverageText(result)}`,
  ];
  for (const finding of result.findings) {
    const id = finding.masked ? paint.yellow(`${finding.id} masked`) : paint.red(finding.id);
    lines.push(`    ${id} ${finding.property}`);
    lines.push(`       ${paint.dim(lostInShort(finding))}`);
    if (finding.evidence === 'contract') lines.push(...mendingLines(finding, paint));
  }
  for (const note of result.notes) lines.push(`    ${paint.yellow('note')} ${note}`);
  if (result.met === false) {
    const expected = Object.entries(result.expected ?? {}).map(([engine, outcome]) => `${engine} ${outcome}`);
    lines.push(`    ${paint.red('not as expected')}: the scenario expects ${expected.join(', ')}`);
  } else if (result.met && result.verdict === 'violation') {
    lines.push(`    ${paint.dim('as the scenario expects')}`);
  }
  return lines;
}

/** What to do about it, and the line to add where the program's source is known. */
function mendingLines({ fix, patch }: Finding, paint: ChalkInstance): string[] {
  return [
    ...(fix === null ? [] : [`       ${paint.green('fix')} ${fix}`]),
    ...(patch ? [`       ${paint.green('   ')} behind ${patch.after}: ${patch.line}`] : []),
  ];
}

/** The first thing lost, and behind it what the other engine says about it. */
function lostInShort({ evidence, lost }: Finding): string {
  const [first = '', ...others] = lost;
  return evidence === 'contract' && others.length > 0 ? `${first}; ${others.at(-1)}` : first;
}

/** What the verdict rests on. */
function coverageText({ coverage }: RunResult): string {
  return coverage
    .map(({ engine, states, recoveries, exhaustive, crash_points, model_check }) => {
      if (engine === 'contract') {
        if (recoveries === 0)
          return `${crash_points} ${crash_points === 1 ? 'ack' : 'acks'} judged by the system calls`;
        return `${exhaustive ? 'all ' : ''}${states} crash directories allowed by the system calls${exhaustive ? '' : ', not all there are'}`;
      }
      if (engine === 'live')
        return `${recoveries} ${recoveries === 1 ? 'power cut' : 'power cuts'}, a sample of all there are`;
      const covered = `${shortCount(BigInt(states))} crash states at ${crash_points} crash points in ${recoveries} recoveries`;
      const whole = exhaustive ? `all ${covered}` : `${covered}, not all there are`;
      if (!model_check) return whole;
      const { checked, not_allowed, models } = model_check;
      const answer =
        not_allowed === 0
          ? `allowed by ${models.join(' and ')}`
          : `${not_allowed} of them not allowed by ${models.length === 1 ? models[0] : `one of ${models.join(', ')}`}`;
      return `${whole}; ${checked} recovered trees, ${answer}`;
    })
    .join('; ');
}

function outcomePaint(outcome: string, paint: ChalkInstance): (text: string) => string {
  if (outcome === 'pass') return paint.green;
  if (outcome === 'violation') return paint.red;
  return outcome === 'unknown' ? paint.yellow : paint.dim;
}

function mark(outcome: Outcome, paint: ChalkInstance): string {
  return outcomePaint(outcome, paint)(outcome.padEnd('violation'.length));
}

/** The closing table: a row a run. */
export function resultTable(results: Results, paint: ChalkInstance): string[] {
  const rows = results.runs.map((run) => ({
    scenario: run.scenario,
    storage: run.storage,
    contract: contractCell(run),
    observed: run.observed ?? '-',
    states: replayed(run)
      .map(({ states, exhaustive }) => `${shortCount(BigInt(states))}${exhaustive ? '' : ' of more'}`)
      .join('+'),
    recoveries: String(replayed(run).reduce((sum, { recoveries }) => sum + recoveries, 0)),
    expected: run.met === null ? '' : run.met ? 'as expected' : 'NOT AS EXPECTED',
  }));
  const header = {
    scenario: 'scenario',
    storage: 'storage',
    contract: 'contract',
    observed: 'observed',
    states: 'states',
    recoveries: 'recoveries',
    expected: '',
  };
  const keys = Object.keys(header) as (keyof typeof header)[];
  const widths = keys.map((key) => Math.max(...[header, ...rows].map((row) => row[key].length)));
  const format = (row: typeof header, colour: (text: string, key: keyof typeof header) => string): string =>
    keys
      .map((key, i) =>
        colour(
          key === 'states' || key === 'recoveries'
            ? row[key].padStart(widths[i]!)
            : row[key].padEnd(widths[i]!),
          key,
        ),
      )
      .join('  ')
      .trimEnd();
  return [
    format(header, (text) => paint.bold(text)),
    ...rows.map((row) =>
      format(row, (text, key) => {
        if (key === 'observed' || key === 'contract')
          return outcomePaint(row[key].split(',')[0]!, paint)(text);
        return key === 'expected' && text.startsWith('NOT') ? paint.red(text) : text;
      }),
    ),
  ];
}

function replayed({ coverage }: RunResult): Coverage[] {
  return coverage.filter(({ engine }) => engine !== 'contract');
}

/** A contract violation that this storage does not show is told from one that it does. */
function contractCell({ contract, findings }: RunResult): string {
  const ofContract = findings.filter(({ evidence }) => evidence === 'contract');
  const masked = ofContract.length > 0 && ofContract.every((finding) => finding.masked);
  return masked ? `${contract}, masked` : (contract ?? '-');
}

/** The verdict of a whole command in a sentence. */
export function verdictSentence(results: Results): string {
  const count = (outcome: Outcome): number =>
    results.runs.filter(({ verdict }) => verdict === outcome).length;
  const parts = (['pass', 'violation', 'unknown'] as const)
    .map((outcome) => [outcome, count(outcome)] as const)
    .filter(([, n]) => n > 0)
    .map(([outcome, n]) => `${n} ${outcome}`);
  const met =
    results.met === null
      ? ''
      : results.met
        ? '; every run came out as its scenario expects'
        : '; NOT every run came out as its scenario expects';
  return `${results.runs.length} ${results.runs.length === 1 ? 'run' : 'runs'}: ${parts.join(', ') || 'nothing ran'}${met}`;
}

/** A finding in full, for `plugpull show`. */
export function findingLines(finding: Finding, paint: ChalkInstance): string[] {
  const { crash_point, evidence, masked, model } = finding;
  const contract = evidence === 'contract';
  const when = !crash_point
    ? 'anywhere'
    : contract
      ? callPointText(crash_point)
      : crashPointText(crash_point);
  const where = contract
    ? `by the ${model} model${masked ? `, masked by ${finding.storage}` : ''}`
    : `on ${finding.storage}`;
  return [
    `${paint.red(finding.id)} ${paint.bold(finding.property)}`,
    '',
    `  kind        ${finding.kind} ${where}`,
    `  promised    ${finding.promise}`,
    `  power cut   ${when}`,
    ...finding.lost.map((line, i) => `  ${i === 0 ? 'left       ' : '           '} ${line}`),
    ...(finding.cause.length === 0 && !contract && crash_point?.round === undefined
      ? ['  lost        no write that had been sent to the disk: what is missing had not been written yet']
      : finding.cause.map(
          ({ syscall, args, at }, i) =>
            `  ${i === 0 ? (contract ? 'calls      ' : 'lost       ') : '           '} ${at}  ${contract ? `${syscall}(${args})` : args}`,
        )),
    ...(finding.fix ? [`  fix         ${finding.fix}`] : []),
    ...(finding.patch ? [`  patch       behind ${finding.patch.after}: ${finding.patch.line}`] : []),
    `  see it      ${finding.reproduce}`,
  ];
}

/** When a crash may break the promise, in terms of the system calls, after the words "power cut". */
function callPointText({ log_index, reason, acks, last_ack }: CrashPointSummary): string {
  const when = reason === 'ack' ? 'right after an ack' : 'at any time from there to the end';
  const last = last_ack === undefined ? '' : `, the last one ${JSON.stringify(last_ack)}`;
  return `${when} (line ${log_index} of the system-call log), after ${acks} ${acks === 1 ? 'ack' : 'acks'}${last}`;
}

/** Where the power was cut, after the words "power cut". */
export function crashPointText(point: CrashPointSummary): string {
  const { log_index, reason, acks, last_ack, round, seed } = point;
  const last = last_ack === undefined ? '' : `, the last one ${JSON.stringify(last_ack)}`;
  const where =
    round === undefined
      ? `at log entry ${log_index} (${reasonText(reason)})`
      : `in round ${round} of seed ${seed} (${reasonText(reason)})`;
  return `${where}, after ${acks} ${acks === 1 ? 'ack' : 'acks'}${last}`;
}

function reasonText(reason: string): string {
  return (
    {
      flush: 'just before a flush completed',
      fua: 'just before a FUA write completed',
      before_ack: 'just before an ack',
      ack: 'right after an ack',
      time: 'at a moment chosen at random',
      start: 'before the first write',
      end: 'at the end of the recording',
    }[reason] ?? reason
  );
}
