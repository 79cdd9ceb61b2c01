/**
 * Recovers the crash states of findings once more, for a reader to see what became of the files: on the host by a mount,
 * elsewhere by the lanes that recovered them when they were judged.
 */
import { rmSync } from 'node:fs';
import { looksOf } from '../../explain/changed-files.js';
import { filesOnDisk, filesRecovered } from '../../explain/scene-files.js';
import type { LaneClient } from '../../explore/lane-client.js';
import { LanePool } from '../../explore/lane-pool.js';
import type { ExplorableTrace } from '../../explore/recording.js';
import { RecoveredTrees } from '../../explore/recovered-trees.js';
import { mountState } from '../../inspect/mounted-state.js';
import type { RunSpace } from '../../state/run-space.js';
import type { Trace } from '../../trace/trace.js';
import type { Scene } from '../../verdict/scene.js';
import { lookLimits } from './judge-trace.js';
import type { KeptState } from './keep-states.js';

/** Findings whose recovered files are looked at: each takes a recovery. */
const mostRecoveries = 6;

export type SceneRecoverer =
  | { kind: 'mount'; space: RunSpace }
  /** Starts lanes, where there is something to recover. */
  | { kind: 'lanes'; start: () => LaneClient[] };

const sameAsAnother =
  'it does not mount, or recovery left the same as for another finding at this crash point';

type Files = Pick<Scene, 'files' | 'files_note'>;

interface ShownState {
  id: string;
  paths: readonly string[];
  state: KeptState;
}

/** The files of each finding, by its id; where they cannot be shown, why. */
export async function sceneFilesOf(of: {
  trace: Trace;
  traced: ExplorableTrace;
  shown: readonly ShownState[];
  recoverer: SceneRecoverer;
  signal?: AbortSignal | undefined;
}): Promise<Map<string, Files>> {
  const { trace, traced, shown, recoverer, signal } = of;
  const files = new Map<string, Files>();
  const recovered: ShownState[] = [];
  for (const [i, one] of shown.entries()) {
    const lack = one.state.nested
      ? 'this is seen only when recovery itself is cut short'
      : i >= mostRecoveries
        ? `the files of the first ${mostRecoveries} findings were looked at`
        : null;
    if (lack === null) recovered.push(one);
    else files.set(one.id, { files: null, files_note: lack });
  }
  const about = ({ paths, state }: ShownState) => ({
    trace,
    acks: traced.points[state.point]!.acks,
    paths,
  });
  if (recoverer.kind === 'mount') {
    for (const one of recovered) {
      signal?.throwIfAborted();
      files.set(one.id, await mountedFiles(about(one), one.state, recoverer.space));
    }
  } else if (recovered.length > 0) {
    const lanes = recoverer.start();
    try {
      for (const { id, state } of recovered) {
        const isTorn = state.lost.some((piece) => traced.recording.pieces.tornBy(piece) !== undefined);
        const why = isTorn ? 'what a torn write left is not looked at in a guest' : sameAsAnother;
        files.set(id, { files: null, files_note: why });
      }
      const trees = new RecoveredTrees();
      const pool = await LanePool.start(
        { traceFolder: trace.folder, lanes, looking: { trees, limits: lookLimits } },
        () => {},
      );
      for (const { state } of recovered) {
        signal?.throwIfAborted();
        await pool.judge(state.point, state.lost, { fromMemory: false });
      }
      for (const { tree, states } of trees) {
        const looks = looksOf(tree.nodes);
        for (const one of recovered) {
          if (states.some(({ point, lost }) => isSame(one.state, { point, lost })))
            files.set(one.id, filesRecovered(about(one), looks));
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      for (const { id } of recovered)
        if (files.get(id)?.files === null)
          files.set(id, { files: null, files_note: (error as Error).message });
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
    }
  }
  return files;
}

function isSame(a: { point: number; lost: number[] }, b: { point: number; lost: number[] }): boolean {
  return (
    a.point === b.point && a.lost.length === b.lost.length && a.lost.every((piece) => b.lost.includes(piece))
  );
}

async function mountedFiles(
  about: Parameters<typeof filesOnDisk>[0],
  { point, lost }: KeptState,
  space: RunSpace,
): Promise<Files> {
  const at = space.newFolder(`scene-${space.nextNumber()}`);
  try {
    const traceFolder = about.trace.folder;
    const mounted = await mountState({ traceFolder, point, lost, finding: null }, at, space);
    try {
      return filesOnDisk(about, at);
    } finally {
      await mounted.unmount();
    }
  } catch (error) {
    return { files: null, files_note: (error as Error).message };
  } finally {
    rmSync(space.path('crash.img'), { force: true });
  }
}
