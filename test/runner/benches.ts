/**
 * The folders in which tests run plugpull, each with its own results and state. A test removes its own; what tests left
 * that were killed is found by the folder's owner, who is gone, and removed as `plugpull doctor --clean` would.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanDeadRuns } from '../../harness/state/clean.js';
import { mountsBelow } from '../../harness/state/mounts.js';
import { claimFolder, isThere, ownerOf } from '../../harness/state/run-space.js';

const prefix = 'plugpull-test-';

/** A new folder of this process. */
export function newBench(): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  claimFolder(folder);
  return folder;
}

/** Where the runs of a bench keep what they make. */
export function stateOf(bench: string): string {
  return join(bench, 'state');
}

/** Lets an action see a bench's runs as those of this machine. */
export function inStateOf<T>(bench: string, action: () => T): T {
  const before = process.env.PLUGPULL_STATE_DIR;
  process.env.PLUGPULL_STATE_DIR = stateOf(bench);
  try {
    return action();
  } finally {
    if (before === undefined) delete process.env.PLUGPULL_STATE_DIR;
    else process.env.PLUGPULL_STATE_DIR = before;
  }
}

/** Removes a bench with everything its dead runs left. False when something of it cannot be removed. */
export function removeBench(bench: string): boolean {
  inStateOf(bench, () => cleanDeadRuns());
  // Never delete through a mount that is still there.
  if (mountsBelow(bench).length > 0) return false;
  rmSync(bench, { recursive: true, force: true });
  return true;
}

/** Removes the benches of test files that are gone; those that were removed. A folder that nobody claimed is nobody's. */
export function removeDeadBenches(): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(tmpdir(), name))
    .filter((bench) => {
      const owner = ownerOf(bench);
      return owner !== null && !isThere(owner) && removeBench(bench);
    });
}
