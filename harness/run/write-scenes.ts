import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sceneEvents, type TimedCall } from '../explain/scene-events.js';
import { sceneFiles } from '../explain/scene-files.js';
import { explorable } from '../explore/recording.js';
import { mountState } from '../inspect/mounted-state.js';
import type { History } from '../model/history.js';
import type { RunSpace } from '../state/run-space.js';
import { openTrace } from '../trace/trace.js';
import type { Finding } from '../verdict/finding.js';
import { type Scene, sceneSchema } from '../verdict/scene.js';
import type { KeptState } from './judge-trace.js';
import { writeJson } from './run-folder.js';

/** Findings whose recovered files are looked at: each takes a recovery. */
const mostRecoveries = 6;

/**
 * Leaves the scene of each observed finding of a recording beside its result. A scene helps a reader and decides
 * nothing: what cannot be shown is said in it.
 */
export async function writeScenes(options: {
  traceFolder: string;
  /** Of this recording: `states.json` is there, and scenes go there. */
  runFolder: string;
  findings: readonly Finding[];
  /** What the system calls did; null where nobody followed them. */
  history: History | null;
  /** Whether crash states of this trace can recover on this machine. */
  recoversHere: boolean;
  space: RunSpace;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { traceFolder, runFolder, findings, history, recoversHere, space, signal } = options;
  if (findings.length === 0) return;
  const states = JSON.parse(readFileSync(join(runFolder, 'states.json'), 'utf8')) as Record<
    string,
    KeptState
  >;
  const calls = timedCalls(history);
  const trace = openTrace(traceFolder);
  try {
    const traced = explorable(trace);
    mkdirSync(join(runFolder, 'scenes'), { recursive: true });
    for (const [i, { id, paths = [] }] of findings.entries()) {
      signal?.throwIfAborted();
      const state = states[id];
      if (!state) continue;
      const events = sceneEvents({ trace, traced, calls, point: state.point, lost: state.lost });
      const lack = state.nested
        ? 'this is seen only when recovery itself is cut short'
        : !recoversHere
          ? 'recovered in a guest'
          : i >= mostRecoveries
            ? `the files of the first ${mostRecoveries} findings were looked at`
            : null;
      const files: Pick<Scene, 'files' | 'files_note'> =
        lack === null
          ? await recoveredFiles({
              traceFolder,
              state,
              space,
              paths,
              acks: traced.points[state.point]!.acks,
              trace,
            })
          : { files: null, files_note: lack };
      const scene: Scene = { schema: sceneSchema, finding: id, ...events, ...files };
      writeJson(join(runFolder, 'scenes', `${id}.json`), scene);
    }
  } finally {
    trace.close();
  }
}

function timedCalls(history: History | null): TimedCall[] {
  return (history?.steps ?? [])
    .filter(({ title }) => title !== '')
    .map(({ title, sync, call }) => ({ text: title, sync: sync !== null, startNs: call.startNs }));
}

async function recoveredFiles(options: {
  traceFolder: string;
  state: KeptState;
  space: RunSpace;
  paths: readonly string[];
  acks: number;
  trace: ReturnType<typeof openTrace>;
}): Promise<Pick<Scene, 'files' | 'files_note'>> {
  const { traceFolder, state, space, paths, acks, trace } = options;
  const at = space.newFolder(`scene-${space.nextNumber()}`);
  const { point, lost } = state;
  try {
    const mounted = await mountState({ traceFolder, point, lost, finding: null }, at, space);
    try {
      const { files, note } = sceneFiles({ trace, acks, recovered: at, paths });
      return { files, ...(note === null ? {} : { files_note: note }) };
    } finally {
      await mounted.unmount();
    }
  } catch (error) {
    return { files: null, files_note: (error as Error).message };
  } finally {
    rmSync(space.path('crash.img'), { force: true });
  }
}
