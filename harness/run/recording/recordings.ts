/** Which recordings a run makes, and what they are called. */
import { recordingsOfEachKind } from '../../capture/schedule.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { Storage } from '../../scenario/schema/storage.js';
import type { Manifest } from '../../trace/manifest.js';
import type { RecordingMade } from '../../verdict/results.js';

/** What the ids of a recording's findings begin with. */
export function recordingPrefix(recording: number): string {
  return recording === 0 ? '' : `R${recording + 1}`;
}

/** What a trace is a recording of; null where nobody knows, as of an imported one. */
export function recordingMade({
  imported_from,
  write_delay_ms = 0,
  commits,
}: Manifest): RecordingMade | null {
  if (imported_from) return null;
  if (commits !== undefined) return { schedule: 'commit_pressure', write_delay_ms, commits };
  return { schedule: write_delay_ms > 0 ? 'slow_disk' : 'prompt', write_delay_ms };
}

export function scheduleWords({ schedule, write_delay_ms, commits }: RecordingMade): string {
  switch (schedule) {
    case 'prompt':
      return 'on a disk that answers at once';
    case 'commit_pressure':
      return `under commit pressure (${commits} commits, ${write_delay_ms} ms a write)`;
    case 'slow_disk':
      return `on a slow disk (${write_delay_ms} ms a write)`;
  }
}

/** How many recordings there may be: as many as were asked for, or until each kind of schedule was tried. */
export function mostRecordings({ recordings }: Scenario, storage: Storage): number {
  if (recordings !== 'auto') return recordings;
  // A fault hits the n-th operation, a cut comes at one: under another schedule it is another test.
  const counted = storage.disk.faults.length > 0 || storage.disk.cut !== undefined;
  return counted ? 1 : recordingsOfEachKind;
}
