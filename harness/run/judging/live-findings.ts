/** Findings of a round of real power loss: what was broken, which writes were lost and whose they are, when the power went. */
import { momentText } from '../../../vm/live/moment.js';
import type { RoundReport } from '../../../vm/live/round.js';
import { lossText } from '../../../vm/live/survivors.js';
import { ownerOf } from '../../explain/block-owner.js';
import { explain } from '../../explain/explain.js';
import { noGrounds } from '../../explain/observed-cause.js';
import { explorable } from '../../explore/recording.js';
import { type Problem, signatureOf } from '../../judge/judgement.js';
import { observedFinding } from '../../judge/observed-finding.js';
import { containerOf } from '../../scenario/container.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { openTrace, type Trace } from '../../trace/trace.js';
import type { Finding } from '../../verdict/finding.js';
import type { PlannedRun } from '../planning/planned-run.js';
import { placeLabel } from '../planning/storage-label.js';
import type { KeptState } from './keep-states.js';

/** A finding with its crash state, where a disk was recorded. */
export interface LiveFinding {
  finding: Finding;
  state: KeptState | null;
}

/** @param report of a round that broke a promise; its folder is still where it was recorded */
export function findingsOfRound(report: RoundReport, run: PlannedRun): LiveFinding[] {
  const { manifest, lost } = report;
  const trace = manifest.size_bytes === null ? null : openTrace(lost.folder);
  try {
    const broken = report.problems.flatMap((problem, position) =>
      problem.outcome === 'violation' ? [{ problem, lost: report.fewest?.get(position) ?? lost.lost }] : [],
    );
    return broken.map(({ problem, lost: shown }, n) => ({
      finding: findingOf(report, run, { problem, shown, trace, id: `F${n + 1}` }),
      state: trace && { point: lost.point, lost: [...shown], nested: false },
    }));
  } finally {
    trace?.close();
  }
}

function findingOf(
  report: RoundReport,
  run: PlannedRun,
  about: { problem: Problem; shown: number[]; trace: Trace | null; id: string },
): Finding {
  const { round, moment, acks, lost } = report;
  const { problem, shown, trace, id } = about;
  const { scenario } = run.loaded;
  const storage = placeLabel(scenario, run.storageIndex, run.kernel);
  const last = acks.at(-1);
  const explained =
    trace && explainedBy(trace, { problem, point: lost.point, shown, id, storage, run: run.runFolder });
  const { seed } = scenario.explore;
  const crash_point = {
    log_index: lost.logIndex,
    reason: moment.kind,
    acks: acks.length,
    ...(last === undefined ? {} : { last_ack: last }),
    round: round + 1,
    seed,
  };
  return observedFinding(problem, problem.path === null ? [] : [problem.path], {
    ...{ id, storage, crash_point },
    lost: [
      ...(explained?.lost ?? [problem.detail]),
      `the power was cut ${momentText(moment)}`,
      ...(trace ? [lossLine(report, shown), ...ownersLine(trace, lost.lost)] : []),
    ],
    property: explained?.property ?? propertyOf(problem, last),
    cause: explained?.cause ?? [],
    fix: corruptFix(run) ?? explained?.fix ?? null,
    reproduce: againCommand(run) ?? `plugpull show ${shellQuote(run.runFolder)} ${id}`,
  });
}

function explainedBy(
  trace: Trace,
  about: { problem: Problem; point: number; shown: number[]; id: string; storage: string; run: string },
): Finding {
  const { problem, point, shown, id, storage, run } = about;
  const traced = explorable(trace);
  const torn = shown.some((piece) => traced.recording.pieces.tornBy(piece) !== undefined);
  const signature = signatureOf(problem);
  const sighting = { signature, problem, point, lost: shown, leaves: 1, nested: false, torn };
  return explain({ trace, traced, group: { sightings: [sighting], grounds: noGrounds }, id, storage, run });
}

function lossLine({ lost, fewest }: RoundReport, shown: readonly number[]): string {
  if (lost.pendingWrites === 0)
    return "no write was in the disk's cache: what is missing was never sent to it";
  const said = `of ${lost.pendingWrites} writes in the disk's cache ${lossText(lost.loss, lost.lost.length)}`;
  if (fewest === undefined || shown.length === lost.lost.length) return said;
  if (shown.length === 0) return `${said}; it shows with none lost, too: what is missing was never written`;
  return `${said}; it shows with ${shown.length} of them lost, which are named here`;
}

/** Whose writes the power cut took, most of them first; nothing where it took none. */
function ownersLine(trace: Trace, lost: readonly number[]): string[] {
  const { pieces } = explorable(trace).recording;
  const counts = new Map<string, number>();
  for (const piece of lost) {
    const { sector, sectorCount } = pieces.describe(piece);
    const owner = ownerOf(trace, sector, sectorCount).replace(/, from byte \d+| \(journal[^)]*\)/g, '');
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const owners = [...counts].sort(([, a], [, b]) => b - a).map(([owner, count]) => `${owner} (${count})`);
  const more = owners.length > listedOwners ? ` and ${owners.length - listedOwners} more files` : '';
  return [`writes lost, by whose they were: ${owners.slice(0, listedOwners).join(', ')}${more}`];
}

const listedOwners = 6;

/** The command that makes the same choices again; null for a scenario that lies in no file. */
function againCommand({ loaded, storageIndex, kernel }: PlannedRun): string | null {
  if (loaded.file === null) return null;
  const { scenario } = loaded;
  const { method } = scenario.storage[storageIndex]!;
  const { rounds, flakey } = scenario.live;
  const container = containerOf(scenario);
  const words = [
    ...(kernel === null ? [`--place ${scenario.place}`] : ['--place vm', `--kernel ${kernel}`]),
    ...(container === null ? [] : [`--root ${container}`]),
    `--method ${method}`,
    ...(method === 'dm-flakey' ? [`--flakey ${flakey.join(',')}`] : []),
    ...[`--rounds ${rounds}`, `--seed ${scenario.explore.seed}`],
  ];
  return `plugpull run ${shellQuote(loaded.file)} ${words.join(' ')}`;
}

function corruptFix({ loaded, storageIndex }: PlannedRun): string | null {
  const { storage, live } = loaded.scenario;
  const corrupts =
    storage[storageIndex]!.method === 'dm-flakey' && live.flakey.includes('random_write_corrupt');
  if (!corrupts) return null;
  return 'a disk that writes garbage as it loses power is at fault, not the workload; what is to survive that needs checksums, and another copy';
}

function propertyOf({ path, kind, detail }: Problem, ack: string | undefined): string {
  if (kind === 'corruption') return `after a power cut ${detail}`;
  if (path === null) return detail;
  const when = ack === undefined ? '' : ` after ack ${JSON.stringify(ack)}`;
  return `${detail} after the power was really cut${when}`;
}
