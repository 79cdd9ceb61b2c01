/**
 * One scenario on one storage: record, judge, compare with what was expected.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment } from '../attach/attached-disk.js';
import { record } from '../capture/record.js';
import type { ExplorationProgress } from '../explore/exploration.js';
import { startLanes } from '../explore/lane-client.js';
import type { LoadedScenario } from '../scenario/load.js';
import type { RunSpace } from '../state/run-space.js';
import { type Outcome, worst } from '../verdict/outcome.js';
import type { Calibration, RunResult } from '../verdict/results.js';
import { type JudgedTrace, judgeTrace } from './judge-trace.js';
import { writeJson } from './run-folder.js';
import { storageLabel } from './storage-label.js';

export interface RunScenarioOptions {
  loaded: LoadedScenario;
  storageIndex: number;
  runFolder: string;
  space: RunSpace;
  workloads: string;
  lanes?: number | undefined;
  attachment?: Attachment | undefined;
  directIo?: boolean | undefined;
  /** Go on with what an interrupted run left in its folder. */
  resume?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
  onProgress?: ((progress: ExplorationProgress) => void) | undefined;
  /** What the calibration of this machine and file system said; it runs first. */
  calibration: Calibration | null;
}

export async function runScenario(options: RunScenarioOptions): Promise<RunResult> {
  const { loaded, storageIndex, runFolder, calibration } = options;
  const { scenario } = loaded;
  const timing: Record<string, number> = {};
  const judged: JudgedTrace[] = [];
  mkdirSync(runFolder, { recursive: true });
  for (let recording = 0; recording < scenario.recordings; recording++) {
    const folder = scenario.recordings === 1 ? runFolder : join(runFolder, `recording-${recording}`);
    const traceFolder = join(folder, 'trace');
    const resumable = options.resume === true && existsSync(join(traceFolder, 'manifest.json'));
    // Their programs load while the workload is recorded.
    const { space, lanes } = options;
    const startedLanes = startLanes({ space, lanes, fs: scenario.storage[storageIndex]!.fs });
    try {
      if (!resumable) await timed(timing, 'record', () => recordAnew(options, recording, folder));
      options.onStep?.('exploring crash states');
      judged.push(
        await timed(timing, 'explore', () =>
          judgeTrace({ ...options, traceFolder, runFolder: folder, resume: resumable, startedLanes }),
        ),
      );
    } finally {
      await Promise.all(startedLanes.map((lane) => lane.close()));
    }
  }
  const result = runResult(loaded, storageIndex, runFolder, judged, calibration, timing);
  writeJson(join(runFolder, 'result.json'), result);
  return result;
}

async function recordAnew(options: RunScenarioOptions, recording: number, folder: string): Promise<void> {
  const { loaded, storageIndex, space, workloads, signal, attachment, directIo, onStep } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await record({
    loaded,
    storageIndex,
    recording,
    traceFolder: join(folder, 'trace'),
    space,
    workloads,
    signal,
    attachment,
    ...(directIo === undefined ? {} : { directIo }),
    ...(onStep ? { onStep } : {}),
  });
}

async function timed<T>(into: Record<string, number>, name: string, action: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const value = await action();
  into[name] = Math.round((into[name] ?? 0) + performance.now() - started);
  return value;
}

function runResult(
  { scenario }: LoadedScenario,
  storageIndex: number,
  runFolder: string,
  judged: readonly JudgedTrace[],
  calibration: Calibration | null,
  timing: Record<string, number>,
): RunResult {
  const storage = scenario.storage[storageIndex]!;
  const found = worst(judged.map(({ outcome }) => outcome));
  const notes = judged.flatMap((one) => one.notes);
  const trusted = calibration === null || calibration.outcome === 'pass';
  if (!trusted) notes.unshift(`calibration failed, so no verdict here can be trusted: ${calibration.detail}`);
  const observed: Outcome = trusted ? found : 'unknown';
  const expectedObserved = expectedFor(scenario.expect?.observed, storage.fs, storageLabel(storage));
  const expected = {
    ...(scenario.expect?.contract ? { contract: scenario.expect.contract } : {}),
    ...(expectedObserved ? { observed: expectedObserved } : {}),
  };
  return {
    verdict: observed,
    contract: null,
    observed,
    expected: Object.keys(expected).length > 0 ? expected : null,
    met: expectedObserved === undefined ? null : expectedObserved === observed,
    scenario: scenario.name,
    storage: storageLabel(storage),
    run: runFolder,
    findings: judged.flatMap(({ findings }, i) =>
      judged.length === 1
        ? findings
        : findings.map((finding) => ({ ...finding, id: `R${i + 1}${finding.id}` })),
    ),
    notes: [...new Set(notes)],
    coverage: judged.map(({ coverage }) => coverage),
    calibration,
    timing_ms: timing,
  };
}

function expectedFor(
  expected: Outcome | Record<string, Outcome> | undefined,
  fs: string,
  label: string,
): Outcome | undefined {
  if (expected === undefined || typeof expected === 'string') return expected;
  return expected[label] ?? expected[fs];
}
