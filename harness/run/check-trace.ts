/**
 * Judging a trace again: the second half of a run, by the trace's own scenario or with some of its keys changed.
 *
 * A check is a run whose recording is done already. Its run folder gets a trace folder with the same recording
 * under the scenario it is judged by, so everything that works on a run (show, mount, --resume) works on it.
 */
import { existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuseDamage } from '../attach/trace-checksums.js';
import { missingSnapshots } from '../judge/missing-snapshots.js';
import { promisesOf, speaksOfFiles } from '../promise/promises.js';
import { containerOf } from '../scenario/container.js';
import type { LoadedScenario } from '../scenario/load.js';
import { type ScenarioInput, scenario } from '../scenario/schema/scenario.js';
import { copyImage } from '../trace/copy-image.js';
import { againFolder, type Manifest, readManifest, writeManifest } from '../trace/manifest.js';
import { openObservations } from '../trace/observations.js';
import { openTrace } from '../trace/trace.js';
import { UsageError } from '../verdict/errors.js';
import { asksForReplay } from './planning/engines.js';
import { planRuns } from './planning/planned-run.js';

/** A trace with the scenario it is to be judged by. */
export interface TraceToCheck {
  folder: string;
  manifest: Manifest;
  loaded: LoadedScenario;
}

/**
 * Opens a trace for judging.
 * @param options `change` gives the scenario with the keys changed that the user asked for; `inGuest`: recover in a guest
 */
export function traceToCheck(
  folder: string,
  { inGuest, change }: { inGuest: boolean; change: (loaded: LoadedScenario) => LoadedScenario },
): TraceToCheck {
  const manifest = readManifest(folder);
  const loaded = change(ownScenario(folder, manifest, inGuest));
  refuseStrangeChecker(folder, manifest, loaded);
  const replayed = asksForReplay(loaded.scenario);
  if (replayed && manifest.size_bytes === null) {
    throw new UsageError(
      `${folder}: key engine: expected contract, found ${loaded.scenario.engine?.join(',')}: this trace holds system calls alone, and no disk to replay`,
    );
  }
  // Whatever is wrong with the trace is said now, not after a calibration.
  refuseDamage(folder, manifest);
  const trace = replayed ? openTrace(folder) : openObservations(folder);
  try {
    const promise = promisesOf(loaded.scenario);
    if (replayed && trace.snapshots.length === 0 && speaksOfFiles(promise)) {
      throw new UsageError(`${folder}: ${missingSnapshots(trace, promise)}`);
    }
  } finally {
    trace.close();
  }
  return { folder, manifest, loaded };
}

/** Recovering elsewhere is as good; a checker of a container image would meet another system. */
function refuseStrangeChecker(
  folder: string,
  { container, scenario }: Manifest,
  { scenario: by }: LoadedScenario,
): void {
  if (!container || by.checker === undefined || by.checker.run !== scenario.checker?.run) return;
  if (by.place === 'container') return;
  if (by.place === 'vm' && containerOf(by) === container.name) return;
  throw new UsageError(
    `${folder}: the checker ${by.checker.run} runs in the container image ${container.name} (${container.id}), and a trace is judged again on this machine: check it in a guest (--place vm), or name a checker for this machine with --checker`,
  );
}

/** The trace's scenario, about this one recording: wherever it was made, it recovers on the host or in a guest. */
function ownScenario(folder: string, manifest: Manifest, inGuest: boolean): LoadedScenario {
  const { scenario: recorded, storage, size_bytes } = manifest;
  const { place: _, engine: __, recordings: ___, recover: ____, vm, ...kept } = recorded.input;
  const storages = recorded.input.storage ?? [{}];
  const engine = size_bytes === null ? { engine: ['contract' as const] } : {};
  const guest = inGuest ? { place: 'vm' as const, vm: { ...vm, recover: 'guest' as const } } : {};
  // Its checker runs in a container as it did; without one any place will do.
  const contained =
    recorded.place === 'container' && recorded.checker !== undefined ? { place: 'container' as const } : {};
  // Judging again runs no workload: it makes no further recordings.
  const input: ScenarioInput = {
    ...{ ...kept, ...engine, ...contained, ...guest },
    ...{ recordings: 1, storage: [storages[storage]!] },
  };
  const home = manifest.scenario_folder;
  return {
    file: join(folder, 'manifest.json'),
    // On another machine there may be no such folder.
    folder: home !== null && existsSync(home) ? home : null,
    input,
    scenario: scenario.parse(input),
  };
}

/** Lays the traces into a new results folder, as if their recordings had just been made there. */
export async function layTraces(
  traces: readonly TraceToCheck[],
  resultsFolder: string,
  workloads: string,
): Promise<void> {
  const planned = planRuns(
    traces.map(({ loaded }) => loaded),
    resultsFolder,
  );
  for (const { loaded, runFolder } of planned) {
    const { folder, manifest } = traces.find((trace) => trace.loaded === loaded)!;
    await layTrace({ folder, manifest }, join(runFolder, 'trace'), { loaded, workloads });
    const again = join(folder, againFolder);
    if (!existsSync(join(again, 'manifest.json'))) continue;
    const below = { folder: again, manifest: readManifest(again) };
    await layTrace(below, join(runFolder, 'trace', againFolder), { loaded, workloads });
  }
}

async function layTrace(
  { folder, manifest }: Pick<TraceToCheck, 'folder' | 'manifest'>,
  into: string,
  by: { loaded: LoadedScenario; workloads: string },
): Promise<void> {
  mkdirSync(into, { recursive: true });
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile() && entry.name !== 'manifest.json')
      await linkOrCopy(join(folder, entry.name), join(into, entry.name));
  }
  const { input, scenario } = by.loaded;
  writeManifest(into, {
    ...manifest,
    scenario: { input, ...scenario },
    storage: 0,
    seed: scenario.explore.seed,
    // On another machine the shipped workloads lie elsewhere.
    workloads: existsSync(manifest.workloads) ? manifest.workloads : by.workloads,
  });
}

/** A recording is never written to again, so two traces can share its files. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    linkSync(from, to);
  } catch {
    await copyImage(from, to);
  }
}
