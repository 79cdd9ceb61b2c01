import type { JudgedLog } from '../../contract/judge-log.js';
import { explain } from '../../explain/explain.js';
import { groundsOf } from '../../explain/observed-cause.js';
import { gatherByCause } from '../../explain/one-cause.js';
import { explorable } from '../../explore/recording.js';
import { openTrace } from '../../trace/trace.js';
import { storageLabel } from '../planning/storage-label.js';
import type { JudgedTrace } from './judged-trace.js';
import { type KeptState, readStates, writeStates } from './keep-states.js';

/**
 * Makes findings of what was sighted, one for each cause, with the words of the system calls where they were judged, and
 * keeps the crash state that shows each one.
 */
export function explainSightings(
  judged: JudgedTrace,
  of: { contract: JudgedLog | null; traceFolder: string; runFolder: string },
): void {
  if (judged.sightings.length === 0) return;
  const { contract, traceFolder, runFolder } = of;
  const trace = openTrace(traceFolder);
  try {
    const traced = explorable(trace);
    const { scenario, storage } = trace.manifest;
    const groups = gatherByCause(judged.sightings, ({ problem }) => groundsOf(problem, contract));
    const most = scenario.explore.max_findings;
    const states: Record<string, KeptState> = readStates(runFolder);
    for (const group of groups.slice(0, most)) {
      const id = `F${judged.findings.length + 1}`;
      const label = storageLabel(scenario.storage[storage]!);
      judged.findings.push(explain({ trace, traced, group, id, storage: label, run: runFolder }));
      const { point, lost, nested } = group.sightings[0];
      states[id] = { point, lost, nested };
    }
    writeStates(runFolder, states);
    judged.unlisted = Math.max(0, groups.length - most);
    if (judged.unlisted > 0)
      judged.notes.push(`${judged.unlisted} more findings are not listed (explore.max_findings)`);
  } finally {
    trace.close();
  }
}
