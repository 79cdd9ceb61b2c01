import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DirectoryTree, readDirectoryTree } from '../../model/directory-tree.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { setupCommand } from '../../server/programs.js';
import { removeTree } from '../../state/remove-tree.js';
import { UsageError } from '../../verdict/errors.js';
import { runTraced } from './traced-run.js';

/** Makes the workload's directory as it is when the workload starts: empty, or as the set-up leaves it. */
export async function prepareRoot(
  rootPath: string,
  scenario: Scenario,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<DirectoryTree> {
  removeTree(rootPath);
  mkdirSync(rootPath);
  // Where the disks of several servers would be mounted.
  for (const node of Object.keys(scenario.nodes ?? {})) mkdirSync(join(rootPath, node));
  const command = setupCommand(scenario);
  if (command !== undefined) {
    const { timeout: timeoutMs } = scenario.workload;
    const setup = await runTraced({ command, directory: rootPath, env, timeoutMs, trace: null, signal });
    if (setup.exitCode !== 0) {
      throw new UsageError(
        `workload.setup: expected exit code 0, got ${setup.timedOut ? 'a timeout' : setup.exitCode}: ${setup.stderr.trim()}`,
      );
    }
  }
  return readDirectoryTree(rootPath);
}
