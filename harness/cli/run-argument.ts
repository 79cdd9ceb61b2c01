/** The run that somebody means who names a folder. */
import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../verdict/errors.js';
import { openStoredResults } from '../verdict/stored-results.js';

/**
 * @param command as it stands in the message: `mount`
 * @param path a run's folder, or a trace; or a results folder with one run in it, or the folder of only one such
 * @returns `path`, or the folder of its only run
 * @throws UsageError where the folder holds several runs or several results, naming them
 */
export function runFolderOf(command: string, path: string): string {
  if (existsSync(join(path, 'results.json'))) {
    const runs = openStoredResults(path).results.runs.map(({ run }) => join(path, basename(run)));
    if (runs.length === 1) return runs[0]!;
    throw new UsageError(
      `${command}: ${path} holds the results of ${runs.length} runs: name the folder of one${listed(runs)}`,
    );
  }
  const results = resultsFoldersIn(path);
  if (results.length === 0) return path;
  if (results.length === 1) return runFolderOf(command, results[0]!);
  throw new UsageError(
    `${command}: ${path} holds several results folders: name one, or a run in it${listed(results)}`,
  );
}

/** Results folders in a folder; none in one that cannot be read. The link to the latest one is none of its own. */
function resultsFoldersIn(path: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(path, entry.name, 'results.json')))
    .map(({ name }) => join(path, name))
    .sort()
    .reverse();
}

const listedAtMost = 10;

function listed(paths: readonly string[]): string {
  const more = paths.length - listedAtMost;
  const lines = paths.slice(0, listedAtMost).map((one) => `\n  ${one}`);
  return `${lines.join('')}${more > 0 ? `\n  and ${more} more` : ''}`;
}
