import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../../verdict/results.js';
import { openStoredResults } from '../../verdict/stored-results.js';
import { finishedResult, writeJson } from './run-folder.js';
import { summarise } from './summarise.js';

/**
 * What an interrupted session has finished, a run included that had its result and was being cleaned up after: the document
 * is mended. null: it had not begun.
 */
export function resultsSoFar(resultsFolder: string): Results | null {
  const file = join(resultsFolder, 'results.json');
  if (!existsSync(file)) return null;
  const { results } = openStoredResults(resultsFolder);
  const open = results.unfinished ?? [];
  const since = open.flatMap((folder) => finishedResult(folder) ?? []);
  if (since.length === 0) return results;
  results.runs.push(...since);
  results.unfinished = open.filter((folder) => since.every(({ run }) => run !== folder));
  summarise(results);
  writeJson(file, results);
  return results;
}
