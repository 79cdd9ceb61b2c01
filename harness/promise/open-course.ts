import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '../model/history.js';
import { OutputBytes } from '../model/output-bytes.js';
import { replay } from '../model/replay.js';
import { replayDifferences } from '../model/replay-differences.js';
import { readTraceLog } from '../syscalls/trace-log.js';
import { callsFile } from '../trace/manifest.js';
import type { Observations } from '../trace/observations.js';
import { saidPatterns } from '../trace/said.js';
import type { Course } from './course.js';
import { sightingsOf } from './sightings.js';
import { snapshotTree } from './snapshot-tree.js';
import { TracedCourse } from './traced-course.js';
import { WatchedCourse } from './watched-course.js';

/** What the program of a trace did: by its calls where they were traced, else by what was seen of its directory. */
export function openCourse(trace: Observations): Course {
  const watched = new WatchedCourse(trace);
  const { calls } = trace.manifest;
  if (!calls || !existsSync(join(trace.folder, callsFile))) return watched;
  return new TracedCourse(watched, () => replayedCalls(trace));
}

/** null where the calls are not understood as a whole, end in another tree, leave open which course they took, or show other acks than the recording. */
function replayedCalls(trace: Observations): History | null {
  const { calls, scenario } = trace.manifest;
  const [first, ...later] = trace.snapshots;
  const last = later.at(-1);
  if (!calls || !first || !last?.final) return null;
  const said = saidPatterns(scenario);
  const output = new OutputBytes({ rootPath: calls.root, said, ackSocket: calls.ack_socket });
  const log = readTraceLog(join(trace.folder, callsFile), output);
  if (log.cut || log.faults.length > 0) return null;
  const final = snapshotTree(trace, last);
  const history = replay(log.calls, {
    rootPath: calls.root,
    initial: snapshotTree(trace, first),
    final,
    seen: sightingsOf(trace, final),
    umask: calls.umask,
    user: calls.user,
    acks: { stdout: said, socket: calls.ack_socket },
  });
  if (history.others || replayDifferences(history, final).length > 0) return null;
  const seen = history.acks.map(({ text }) => text);
  const stamped = trace.acks.map(({ text }) => text);
  if (seen.length !== stamped.length || !seen.every((text, ack) => text === stamped[ack])) return null;
  return history;
}
