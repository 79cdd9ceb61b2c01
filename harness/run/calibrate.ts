/**
 * Self-calibration: before the first verdict on a machine, kernel and file system, the same engine must find a
 * planted bug and stay silent about a clean control. An engine that fails its own controls gives no verdict.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { homedir, release } from 'node:os';
import { join } from 'node:path';
import type { LoadedScenario } from '../scenario/load.js';
import type { Guest } from '../scenario/schema/guest.js';
import { scenario } from '../scenario/schema/scenario.js';
import type { FileSystem, Storage } from '../scenario/schema/storage.js';
import type { RunSpace } from '../state/run-space.js';
import { makeFolder } from '../verdict/make-folder.js';
import type { Outcome } from '../verdict/outcome.js';
import type { Calibration } from '../verdict/results.js';
import { toolVersion } from '../version.js';
import { isLive, replayOnly } from './planning/engines.js';
import type { Recoverer } from './planning/recoverer.js';
import { writeJson } from './planning/run-folder.js';
import type { RunPlace } from './recording/run-place.js';
import { runScenario } from './run-scenario.js';

export interface CalibrateOptions {
  fs: FileSystem;
  /** The guest's kernel; null on the host. */
  kernel: string | null;
  /** How power is lost. */
  method: Storage['method'];
  guest: Guest;
  /** Whose kernel recovers. */
  recoverer: Recoverer;
  place: RunPlace;
  space: RunSpace;
  workloads: string;
  /** A calibration of a deliberately broken engine is neither taken from the cache nor put there. */
  useCache: boolean;
  signal?: AbortSignal | undefined;
}

/** The first loses power when all is acked, the others at some moment. */
const liveRounds = 2;

/** The two controls, and the verdict that an engine in order gives. */
const controls: readonly { name: string; expected: Outcome }[] = [
  { name: 'planted', expected: 'violation' },
  { name: 'clean', expected: 'pass' },
];

export async function calibrate(options: CalibrateOptions): Promise<Calibration> {
  const cached = cachePath(options);
  const { useCache } = options;
  if (useCache && isCached(cached)) return { outcome: 'pass', detail: `controls passed before (${cached})` };
  for (const control of controls) {
    const found = await runControl(control.name, options);
    if (found !== control.expected) {
      return {
        outcome: 'unknown',
        detail: `the ${control.name} control on ${options.fs} gave ${found}, expected ${control.expected}`,
      };
    }
  }
  if (useCache) {
    try {
      makeFolder(cacheFolder());
      writeJson(cached, { passed: true, fs: options.fs, kernel: release(), tool: toolVersion });
    } catch {
      // A home that cannot be written, or none: the next run calibrates again.
    }
  }
  return { outcome: 'pass', detail: 'planted bug found, clean control silent' };
}

async function runControl(name: string, options: CalibrateOptions): Promise<Outcome> {
  const input = {
    name: `calibration-${name}`,
    // Each place runs the control in the language that is surely there.
    workload: {
      run:
        options.kernel === null
          ? `"${process.execPath}" "$WORKLOADS/calibration/${name}.mjs"`
          : `python3 "$WORKLOADS/calibration/${name}.py"`,
    },
    ack: { stdout: '^kept (.*)$' },
    storage: [{ fs: options.fs, method: options.method }],
    live: { rounds: liveRounds },
    ...(options.kernel === null
      ? { recover: options.recoverer }
      : { place: 'vm' as const, vm: { recover: options.guest.recover } }),
  };
  const loaded: LoadedScenario = { file: null, input, scenario: scenario.parse(input) };
  const live = isLive(loaded.scenario.storage[0]!);
  const runFolder = options.space.path(`calibration-${options.fs}-${name}`);
  const { kernel, space, workloads, place, signal } = options;
  const result = await runScenario(
    { loaded, storageIndex: 0, kernel, runFolder },
    { space, workloads, place, signal },
    {
      engines: live ? { replay: false, contract: false, live, notes: [] } : replayOnly,
      calibration: null,
      locatesSources: false,
    },
  );
  rmSync(runFolder, { recursive: true, force: true });
  // A verdict that rests on part of the crash states would calibrate nothing; where chance decides, it is all there is.
  return live || result.coverage.every(({ exhaustive }) => exhaustive) ? result.verdict : 'unknown';
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'plugpull', 'calibration');
}

/** Named by everything the answer depends on: machine, kernel, file system, and this build of the engine. */
function cachePath({ fs, kernel, method, guest, recoverer }: CalibrateOptions): string {
  const where = kernel === null ? ['host', recoverer] : [kernel, method, recoverer, guest.accelerator];
  const parts = [read('/etc/machine-id'), release(), fs, ...where, toolVersion, builtAt()];
  return join(
    cacheFolder(),
    `${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)}.json`,
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** When this checkout was built; nothing in an installed package, whose version says it all. */
function builtAt(): string {
  return String(statSync(new URL('../../.built', import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? '');
}

function isCached(path: string): boolean {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { passed?: boolean }).passed === true;
  } catch {
    return false;
  }
}
