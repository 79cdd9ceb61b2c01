/**
 * Runs one program on one file system through both engines, and holds what they say against each other:
 *
 * - each recovered state is one that the file system's model allows (the run itself checks that),
 * - what the file system's model, or `posix`, calls safe is never seen lost,
 * - where the states that a model allows are few, judging by analysis and by enumeration agree,
 * - each state so enumerated is one that the check of recovered states lets pass.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { judgeDurability } from '../../harness/contract/breach/durability.js';
import { AllowedStates } from '../../harness/model/allowed/allowed-states.js';
import { durability } from '../../harness/model/durability.js';
import type { History } from '../../harness/model/history.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import { hostRunPlace } from '../../harness/run/recording/host-run-place.js';
import { runScenario } from '../../harness/run/run-scenario.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import type { FileSystem } from '../../harness/scenario/schema/storage.js';
import { withRunSpace } from '../../harness/state/with-run-space.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { enumerateCrashTrees, enumeratedBreaches } from './enumeration.js';
import { type FileOperation, programSetup, programText } from './program.js';

const snapshotPromised = promise.parse({ snapshot: true });

/** The model that each compared file system has to keep. */
export const comparedModels = {
  ext4: 'linux-ext4-ordered',
  xfs: 'xfs',
  btrfs: 'btrfs',
  ext2: 'ext2',
} as const satisfies Partial<Record<FileSystem, string>>;

export type ComparedFileSystem = keyof typeof comparedModels;

export interface Comparison {
  result: RunResult;
  /** What does not fit together, one sentence each. */
  faults: string[];
  /** Acks at which analysis and enumeration were compared. */
  enumerated: number;
}

export interface CompareOptions {
  operations: readonly FileOperation[];
  fs: ComparedFileSystem;
  /** An empty folder of its own; removed afterwards. */
  folder: string;
  workloads: string;
  seed: number;
  signal?: AbortSignal | undefined;
}

export async function compareOn(options: CompareOptions): Promise<Comparison> {
  const { operations, fs, folder, workloads, seed, signal } = options;
  const own = comparedModels[fs];
  // ext2 keeps less than posix asks for: only its own model is held against it.
  const models = fs === 'ext2' ? [own] : ['posix', own];
  const input = {
    name: 'differential',
    workload: { setup: programSetup, run: programCommand(operations) },
    ack: { stdout: '^(ack .*)$' },
    promise: { snapshot: true },
    storage: [{ fs }],
    models,
    explore: { seed, audit: 4 },
  };
  mkdirSync(folder, { recursive: true });
  let history: History | null = null;
  try {
    const result = await withRunSpace(
      (space) =>
        runScenario(
          {
            loaded: { file: null, input, scenario: scenario.parse(input) },
            storageIndex: 0,
            kernel: null,
            runFolder: join(folder, 'run'),
          },
          { place: hostRunPlace({ lanes: 1 }), space, workloads, signal },
          {
            engines: { replay: true, contract: true, notes: [] },
            calibration: null,
            locatesSources: false,
            onHistory: (seen) => {
              history = seen;
            },
          },
        ),
      () => {},
    );
    const judged = history ? enumeration(history, models) : { faults: [], acks: 0 };
    return {
      result,
      faults: [...faultsOf(result, models), ...judged.faults],
      enumerated: judged.acks,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function programCommand(operations: readonly FileOperation[]): string {
  return `python3 $WORKLOADS/differential/operations.py '${programText(operations)}'`;
}

function faultsOf(
  { observed, contract, findings, notes, coverage }: RunResult,
  models: readonly string[],
): string[] {
  const faults: string[] = [];
  const [replay] = coverage;
  const check = replay?.model_check;
  if (!check) faults.push(`no recovered state was compared with a model: ${notes.join('; ')}`);
  else if (check.not_allowed > 0) faults.push(...notes.filter((note) => note.includes('persistence model')));
  else if (check.checked < check.recovered_states)
    faults.push(`not every recovered state was compared: ${notes.join('; ')}`);
  if (replay && replay.audit.mismatched > 0) faults.push(`audit: ${notes.join('; ')}`);
  if (observed === 'unknown' && findings.length === 0 && !notes.some(isHonestDoubt))
    faults.push(`observed: unknown: ${notes.join('; ')}`);
  const unknown = notes.filter((note) => note.startsWith('unknown') && !isHonestDoubt(note));
  if (contract === 'unknown' && check?.not_allowed === 0) faults.push(...unknown);
  if (observed !== 'violation' || notes.some((note) => note.startsWith('unknown'))) return faults;
  for (const model of models) {
    if (findings.some(({ evidence, model: by }) => evidence === 'contract' && by === model)) continue;
    const lost = findings.find(({ evidence }) => evidence === 'observed')!;
    faults.push(`${model} calls the program safe, and it is not: ${lost.property}; ${lost.lost[0]}`);
  }
  return faults;
}

/** What both engines say when they rightly cannot tell: stores through a mapping, versions between two acks. */
function isHonestDoubt(note: string): boolean {
  return /mapped for writing|between the two acks|not fully known/.test(note);
}

function enumeration(history: History, models: readonly string[]): { faults: string[]; acks: number } {
  const faults: string[] = [];
  let acks = 0;
  if (history.doubts.length > 0 || history.inodes.some(({ opaque }) => opaque)) return { faults, acks };
  for (const name of models) {
    const model = persistenceModel(name);
    const durable = durability(history, model);
    const states = new AllowedStates(history, model);
    const found = enumeratedBreaches(history, model, snapshotPromised);
    if (found) {
      const { breaches } = judgeDurability({ history, durable, model, promises: snapshotPromised });
      if (found.length > 0 !== breaches.length > 0) {
        faults.push(
          `${name}: analysis finds ${breaches.length} breaches, the enumerated states show ${found.map(({ detail }) => detail).join(', ') || 'none'}`,
        );
      }
    }
    for (const ack of history.acks) {
      const trees = enumerateCrashTrees(history, model, ack.at);
      if (!trees) continue;
      acks++;
      const moment = { begun: ack.at, returned: ack.at };
      for (const tree of trees) {
        const answer = states.allows(tree, { moment });
        if (answer.allowed) continue;
        faults.push(
          `${name}, ${ack.text}: an enumerated state is not let pass: ${answer.path} ${answer.reason}`,
        );
        break;
      }
    }
  }
  return { faults, acks };
}
