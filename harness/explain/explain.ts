/**
 * Turns a sighting into a finding: what was promised, what is left, which writes were lost, what is missing.
 *
 * From blocks alone a missing fsync and a disk that ignores one look alike. The wording therefore says what
 * the recording shows, and names both where both are possible.
 */

import { dirname } from 'node:path';
import type { Sighting } from '../explore/leaf-book.js';
import type { ExplorableTrace } from '../explore/recording.js';
import { observedFinding } from '../judge/observed-finding.js';
import { shellQuote } from '../scenario/shell-quote.js';
import type { Trace } from '../trace/trace.js';
import type { Cause, Finding } from '../verdict/finding.js';
import { describePiece, describeTear, firstWriteAfter } from './block-owner.js';

/** More causes than this are not listed one by one. */
const listedCauses = 20;

export function explain(options: {
  trace: Trace;
  traced: ExplorableTrace;
  sighting: Sighting;
  id: string;
  storage: string;
  /** The run's folder, for the command that shows the finding again. */
  run: string;
}): Finding {
  const { trace, traced, sighting, id, storage, run } = options;
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
  const lostLines = [problem.detail, ...said];
  if (pieces.length > listedCauses)
    lostLines.push(`${pieces.length} writes were lost, the first ${listedCauses} are listed`);
  const { property, fix } = diagnose(trace, sighting, ack, traced);
  return observedFinding(problem, {
    id,
    storage,
    lost: lostLines,
    property: nested ? `${property} (seen when recovery itself is cut short)` : property,
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

function diagnose(
  trace: Trace,
  { problem, lost, torn, point: pointId }: Sighting,
  ack: string | undefined,
  traced: ExplorableTrace,
): { property: string; fix: string | null } {
  const point = traced.points[pointId]!;
  const { path, failure } = problem;
  if (problem.kind === 'corruption') {
    return {
      property: `after a crash ${problem.detail}`,
      fix: 'the file system or the disk under it is at fault, not the workload',
    };
  }
  if (path === null) return { property: problem.detail, fix: null };
  const before = ack === undefined ? 'before the crash' : `before ack ${JSON.stringify(ack)}`;
  const folder = dirname(path);
  const remedy = `write to a temporary file beside ${path}, fsync it, rename it over ${path}, then fsync the directory ${folder}`;
  const { rule = null, manner = null } = problem.breach ?? {};
  if (rule === 'whole' && torn) {
    return {
      property: `${path} is overwritten in place by a write that a power cut can tear: no more than ${atomicUnit(trace)} bytes reach this disk as one`,
      fix: remedy,
    };
  }
  if (rule === 'whole' && manner === 'in place') {
    return {
      property: `${path} is changed in place: a crash may keep one write without another, or a part of one: no more than ${atomicUnit(trace)} bytes reach this disk as one`,
      fix: remedy,
    };
  }
  if ((rule === 'whole' || rule === 'replaced') && failure !== 'missing') {
    return {
      property: `${path} needs its new content to be durable (fsync of the new file) before it takes the name`,
      fix: remedy,
    };
  }
  if (rule === 'gone') {
    return {
      property: `the removal of ${path} needs fsync(${folder}) ${before}`,
      fix: `call fsync(${folder}) after removing ${path} and before giving the ack`,
    };
  }
  const needed = neededFor(problem, path, folder);
  if (lost.length === 0) {
    const later =
      failure === 'older' || failure === 'attributes' ? null : firstWriteAfter(trace, point, path);
    const when = later ? `; its data went to the disk only later (log entry ${later.index})` : '';
    return {
      property: `${path} needs ${needed} ${before}${when}`,
      fix: `call ${needed} before giving the ack`,
    };
  }
  return {
    property: `${path} needs a flush of the disk's cache ${before}: ${lost.length === 1 ? 'a write it depends on was' : `${lost.length} writes it depends on were`} sent, but not flushed`,
    fix: `call ${needed} before giving the ack; if the program does, this storage does not honour it (look for barriers switched off, or a disk that lies)`,
  };
}

function atomicUnit({ manifest: { scenario, storage } }: Trace): number {
  return scenario.storage[storage]!.disk.atomic_unit;
}

/** The sync calls that would have kept it: of the file for what is in it, of its directory for its name. */
function neededFor({ failure, breach }: Sighting['problem'], path: string, folder: string): string {
  if (failure === 'missing') return `fsync(${path}) and fsync(${folder})`;
  if (failure === 'older' && breach?.manner === 'by name') return `fsync(${folder})`;
  return `fsync(${path})`;
}
