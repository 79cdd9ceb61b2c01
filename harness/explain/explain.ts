/**
 * Turns sightings of one cause into a finding: what was promised, what is left, which writes were lost, what is missing.
 *
 * From blocks alone a missing fsync and a disk that ignores one look alike. Where the system calls were judged, their
 * sentence is taken; else the wording says what the recording shows, and names both where both are possible.
 */

import type { Sighting } from '../explore/leaf-book.js';
import type { ExplorableTrace } from '../explore/recording.js';
import { observedFinding } from '../judge/observed-finding.js';
import { shellQuote } from '../scenario/shell-quote.js';
import type { Trace } from '../trace/trace.js';
import type { Cause, Finding } from '../verdict/finding.js';
import { likewise } from '../verdict/likewise.js';
import { listLosses, type NamedLoss } from '../verdict/lost-list.js';
import { describePiece, describeTear } from './block-owner.js';
import { diagnose } from './diagnose.js';
import type { CauseGroup } from './one-cause.js';
import { unwrittenFiles } from './unwritten-files.js';

/** More causes than this are not listed one by one. */
const listedCauses = 20;

export function explain(options: {
  trace: Trace;
  traced: ExplorableTrace;
  group: CauseGroup;
  id: string;
  storage: string;
  /** The run's folder, for the command that shows the finding again. */
  run: string;
}): Finding {
  const { trace, traced, group, id, storage, run } = options;
  const { sightings, grounds } = group;
  const [sighting] = sightings;
  const { problem, lost, nested } = sighting;
  const point = traced.points[sighting.point]!;
  const ack = trace.acks[point.acks - 1]?.text;
  const pieces = lostWrites(trace, traced, lost);
  const causes: Cause[] = pieces.slice(0, listedCauses).map(({ operation, text }) => ({
    syscall: operation.kind === 'discard' ? 'discard' : 'write',
    args: text,
    at: `log:${operation.index}`,
  }));
  const said = (problem.errors ?? []).map((line) => `the checker's standard error: ${line}`);
  const lostLines = [...listLosses(damageOf(sightings)), ...said];
  // Then no lost write names a file, and a checker names none either.
  if (pieces.length === 0 && problem.path === null && !nested)
    lostLines.push(...unwrittenFiles(trace, traced.recording, point));
  if (pieces.length > listedCauses)
    lostLines.push(`${pieces.length} writes were lost, the first ${listedCauses} are listed`);
  const { property, fix, counted = false } = diagnose({ trace, traced, sighting, ack, grounds, storage });
  const paths = new Set(sightings.flatMap((each) => each.problem.path ?? []));
  return observedFinding(problem, [...paths], {
    id,
    storage,
    lost: lostLines,
    property: `${property}${counted ? '' : likewise(paths.size - 1)}${nested ? ' (seen when recovery itself is cut short)' : ''}`,
    crash_point: {
      log_index: point.logIndex,
      reason: point.reason,
      acks: point.acks,
      ...(ack === undefined ? {} : { last_ack: ack }),
    },
    cause: causes,
    fix,
    // What a crash of recovery itself leaves cannot be put in front of anybody yet.
    reproduce: `plugpull ${nested ? 'show' : 'mount'} ${shellQuote(run)} ${id}`,
  });
}

/** What was lost, one entry a whole write (or piece of one) and one for all lost parts of a torn write. */
function lostWrites(
  trace: Trace,
  { recording: { pieces } }: ExplorableTrace,
  lost: readonly number[],
): ReturnType<typeof describePiece>[] {
  const torn = lost.map((piece) => pieces.tornBy(piece)).find((write) => write !== undefined);
  const whole = lost.filter((piece) => pieces.tornBy(piece) === undefined);
  return [
    ...(torn ? [describeTear(trace, pieces, torn, new Set(lost))] : []),
    ...whole.map((piece) => describePiece(trace, pieces, piece)),
  ];
}

/** What is left of each file, as the state that shows it most plainly left it: others differ by what was committed when. */
function damageOf(sightings: readonly Sighting[]): NamedLoss[] {
  const plainest = new Map<string, NamedLoss>();
  for (const { problem, signature } of sightings) {
    const { path, detail } = problem;
    const name = path ?? signature;
    if (!plainest.has(name)) plainest.set(name, { path, lines: [detail] });
  }
  return [...plainest.values()];
}
