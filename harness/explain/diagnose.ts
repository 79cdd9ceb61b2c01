/** What is missing, in a sentence, and what to do about it. */
import { dirname } from 'node:path';
import type { Sighting } from '../explore/leaf-book.js';
import type { ExplorableTrace } from '../explore/recording.js';
import type { Trace } from '../trace/trace.js';
import type { Finding } from '../verdict/finding.js';
import { likewise, ofOneFile } from '../verdict/likewise.js';
import { firstWriteAfter } from './block-owner.js';
import type { Grounds } from './observed-cause.js';

const listedFixes = 3;

export interface Diagnosed {
  trace: Trace;
  traced: ExplorableTrace;
  sighting: Sighting;
  ack: string | undefined;
  grounds: Grounds;
  storage: string;
}

export interface Diagnosis {
  property: string;
  fix: string | null;
  /** The sentence says how many other files are like this one. */
  counted?: boolean;
}

export function diagnose(of: Diagnosed): Diagnosis {
  const { trace, sighting, ack, grounds, storage } = of;
  const { problem, torn, lost } = sighting;
  const point = of.traced.points[sighting.point]!;
  const { path, failure } = problem;
  if (problem.kind === 'corruption') {
    return {
      property: `after a crash ${problem.detail}`,
      fix: 'the file system or the disk under it is at fault, not the workload',
    };
  }
  const before = ack === undefined ? 'before the crash' : `before ack ${JSON.stringify(ack)}`;
  const { causes, asked } = grounds;
  const [cause] = causes;
  if (path === null)
    return causes.length === 1 ? ofCalls(causes) : { ...ofCalls(causes), property: problem.detail };
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
  const later =
    lost.length > 0 || failure === 'older' || failure === 'attributes'
      ? null
      : firstWriteAfter(trace, point, path);
  const when = later
    ? `; ${failure === 'missing' ? 'it' : 'its data'} went to the disk only later (log entry ${later.index})`
    : '';
  if (cause) {
    const { property, fix } = ofCalls(causes);
    // Its sentence may be about another file of the same mistake: then the count of all of them has to stand with it.
    if (cause.paths?.[0] !== path) {
      const others = likewise((cause.paths?.length ?? 1) - 1);
      return { property: `${property}${when}${others}`, fix, counted: true };
    }
    return { property: `${property}${when}`, fix };
  }
  if (asked) {
    return {
      property: `${problem.detail}, though the system calls made all of it durable ${before}`,
      fix: `the program asked for what it relies on: look at ${storage} (barriers switched off, a disk that lies about flushes, a bug of its file system)`,
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

/** The sentence and the fix of the contract findings that explain it. */
function ofCalls(causes: readonly Finding[]): { property: string; fix: string | null } {
  const fixes = [...new Set(causes.flatMap(({ fix }) => fix ?? []))];
  const shown = fixes.slice(0, listedFixes);
  if (fixes.length > shown.length) shown.push(`${fixes.length - shown.length} more`);
  const [first] = causes;
  return { property: first ? ofOneFile(first) : '', fix: fixes.length > 0 ? shown.join('; and ') : null };
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
