/**
 * `events.ndjson`: what happened during a recording, one JSON object a line, in order.
 *
 * `block_index` is the number of block-log entries that existed when the event happened. Times are
 * nanoseconds since the recording started, as decimal strings. A torn last line is dropped with a warning.
 */

import { z } from 'zod';
import type { Xattrs } from './attributes.js';

/** Where a file's bytes are in `payload.bin`. */
export interface PayloadRange {
  offset: number;
  length: number;
  /** Of a file with holes: where in it those bytes belong, in order; all else are zeros. Absent: from its start on. */
  data?: [offset: number, length: number][];
}

/** One path of the workload's directory as the workload could see it. */
export interface TreeEntry {
  path: string;
  type: 'file' | 'directory' | 'symlink' | 'other';
  ino: number;
  mode: number;
  size: number;
  ctime_ns: string;
  /** Absent in older traces: nobody recorded the owner, and nobody judges it. */
  uid?: number;
  gid?: number;
  /**
   * Of a file or directory that has some that a promise can speak of, or had some at an earlier snapshot. With a `uid`
   * and without these it has none.
   */
  xattrs?: Xattrs;
  /** Where a symbolic link points. */
  target?: string;
  content?: PayloadRange;
}

/** `[byte offset in the file, byte offset on the disk, length]` of each extent, from FIEMAP. */
export type Extent = [logical: number, physical: number, length: number];

export interface AckEvent {
  type: 'ack';
  block_index: number;
  time_ns: string;
  text: string;
  /** How it was given; whoever gave it waited until it had been stamped. A mark comes from an imported log. */
  source: 'socket' | 'stdout' | 'mark';
}

/** Something was said to begin, whose ack is to have the same text: until then it may be there after a cut, or not. */
export interface BegunEvent {
  type: 'begun';
  block_index: number;
  time_ns: string;
  text: string;
  source: 'socket' | 'stdout';
}

/**
 * The tree at an ack (`ack` of them given; 0 is the start of the recording), as changes against the snapshot
 * before it. The last one, with `final`, is what the workload left behind.
 */
export interface SnapshotEvent {
  type: 'snapshot';
  ack: number;
  final: boolean;
  changed: TreeEntry[];
  removed: string[];
  /** What inotify saw since the snapshot before; null when it may have missed something. */
  touched: Record<string, PathTouches> | null;
}

/** How often a path was touched between two snapshots. */
export interface PathTouches {
  /** Times its content was modified. */
  modified: number;
  /** Times a file was moved onto the name, or closed after writing: complete versions that were visible. */
  versions: number;
  /** Times the name was removed or moved away. */
  removed: number;
}

/** Which blocks belonged to a file, at the same moments as the snapshots. */
export interface ExtentsEvent {
  type: 'extents';
  ack: number;
  files: Record<string, Extent[]>;
}

/**
 * What ties the block log to the system-call log, whose stamps are nanoseconds since 1970: when the recording began by
 * that clock, and `[block_index, nanoseconds since then]` of each flush and FUA write. Once, at the end.
 */
export interface ClockEvent {
  type: 'clock';
  started_unix_ns: string;
  durable_at: [blockIndex: number, timeNs: number][];
}

/**
 * What files that the program mapped held before a call of one of its threads. Those of a thread are in the order of its
 * calls in the system-call log (`syscalls/noticed-calls.ts` says which calls).
 */
export interface LookEvent {
  type: 'look';
  pid: number;
  call: string;
  /** What the kernel called standard output: writes that lead there are among the calls. */
  output?: string | undefined;
  /** `file` counts the files; `changed`: ranges that may differ from the look before at the same one. */
  files: { file: number; path: string; size: number; changed?: PayloadRange }[];
}

export type TraceEvent = AckEvent | BegunEvent | SnapshotEvent | ExtentsEvent | ClockEvent | LookEvent;

const natural = z.number().int().nonnegative();
const payloadRange = z.object({
  offset: natural,
  length: natural,
  data: z.array(z.tuple([natural, natural])).optional(),
});

/** What an event has to look like at least, whoever wrote it. */
export const eventSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.enum(['ack', 'begun']), block_index: natural, text: z.string() }),
  z.looseObject({
    type: z.literal('snapshot'),
    ack: natural,
    final: z.boolean(),
    changed: z.array(
      z.looseObject({
        path: z.string(),
        type: z.enum(['file', 'directory', 'symlink', 'other']),
        ino: z.number(),
        mode: natural,
        size: natural,
        uid: natural.optional(),
        gid: natural.optional(),
        xattrs: z.record(z.string(), z.base64()).optional(),
        content: payloadRange.optional(),
      }),
    ),
    removed: z.array(z.string()),
    touched: z
      .record(z.string(), z.looseObject({ modified: natural, versions: natural, removed: natural }))
      .nullable(),
  }),
  z.looseObject({
    type: z.literal('extents'),
    ack: natural,
    files: z.record(z.string(), z.array(z.tuple([natural, natural, natural]))),
  }),
  z.looseObject({
    type: z.literal('clock'),
    started_unix_ns: z.string().regex(/^\d+$/),
    durable_at: z.array(z.tuple([natural, natural])),
  }),
  z.looseObject({
    type: z.literal('look'),
    pid: natural,
    call: z.string(),
    output: z.string().optional(),
    files: z.array(
      z.object({ file: natural, path: z.string(), size: natural, changed: payloadRange.optional() }),
    ),
  }),
]);
