/**
 * What was seen of a run besides its disk: acks, and the workload's directory at each. All there is in a trace of
 * system calls alone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../verdict/errors.js';
import { problemsText } from '../verdict/problems.js';
import {
  type AckEvent,
  type BegunEvent,
  eventSchema,
  type PathTouches,
  type TraceEvent,
  type TreeEntry,
} from './events.js';
import type { FileBytes } from './file-bytes.js';
import type { Look } from './look.js';
import { lookOf } from './look-events.js';
import { type Manifest, readManifest } from './manifest.js';
import { PayloadReader } from './payload.js';

/** The workload's directory at the start (0 acks), at each ack, and at the end. */
export interface Snapshot {
  acks: number;
  final: boolean;
  tree: ReadonlyMap<string, TreeEntry>;
  /** How paths were touched since the snapshot before; null when that is not known. */
  touched: Record<string, PathTouches> | null;
}

export interface Observations {
  folder: string;
  manifest: Manifest;
  events: readonly TraceEvent[];
  acks: AckEvent[];
  /** What was said to begin; empty in older traces. */
  begun: BegunEvent[];
  /** Empty for a trace imported without them. */
  snapshots: Snapshot[];
  warnings: string[];
  content(entry: TreeEntry): FileBytes;
  /** What mapped files held before calls; empty where nobody looked. */
  looks(): Look[];
  close(): void;
}

export function openObservations(folder: string): Observations {
  const manifest = readManifest(folder);
  const { events, warnings } = readEvents(join(folder, 'events.ndjson'));
  const payloadPath = join(folder, 'payload.bin');
  const contents = existsSync(payloadPath) ? new PayloadReader(payloadPath) : null;
  return {
    folder,
    manifest,
    events,
    acks: events.filter((event) => event.type === 'ack'),
    begun: events.filter((event) => event.type === 'begun'),
    snapshots: snapshotsOf(events),
    warnings,
    content(entry) {
      if (!entry.content || !contents)
        throw new UsageError(
          `${folder}: no content was recorded for ${entry.path} (payload.bin is missing or short)`,
        );
      return contents.read(entry.content, entry.size);
    },
    looks() {
      const seen = events.filter((event) => event.type === 'look');
      if (seen.length > 0 && !contents)
        throw new UsageError(`${folder}: what mapped files held was recorded, and payload.bin is missing`);
      return seen.map((event) => lookOf(event, contents!));
    },
    close: () => contents?.close(),
  };
}

function readEvents(path: string): { events: TraceEvent[]; warnings: string[] } {
  const events: TraceEvent[] = [];
  const warnings: string[] = [];
  if (!existsSync(path)) throw new UsageError(`${path}: expected the events of the recording, found no file`);
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.forEach((line, i) => {
    if (line === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      if (i < lines.length - 1)
        throw new UsageError(`${path}:${i + 1}: expected one JSON object, found ${line.slice(0, 60)}`);
      warnings.push(`${path}:${i + 1}: the last line is torn and was dropped`);
      return;
    }
    const checked = eventSchema.safeParse(value);
    if (!checked.success) {
      const why = problemsText(checked.error, value, eventSchema);
      throw new UsageError(`${path}:${i + 1}: expected an event: ${why}`);
    }
    events.push(value as TraceEvent);
  });
  return { events, warnings };
}

function snapshotsOf(events: readonly TraceEvent[]): Snapshot[] {
  const snapshots: Snapshot[] = [];
  let tree = new Map<string, TreeEntry>();
  for (const event of events) {
    if (event.type !== 'snapshot') continue;
    // Very many acks may be given over one tree.
    if (event.removed.length > 0 || event.changed.length > 0) tree = new Map(tree);
    for (const path of event.removed) tree.delete(path);
    for (const entry of event.changed) tree.set(entry.path, entry);
    snapshots.push({ acks: event.ack, final: event.final, tree, touched: event.touched });
  }
  return snapshots;
}
