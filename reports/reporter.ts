import type { ProbeDocument } from '../harness/probe/probe-document.js';
import type { StoredResults } from '../harness/verdict/stored-results.js';

/** Stored results; those of a probe with its own document, which has a run for each of its storages. */
export interface Reportable extends StoredResults {
  probe?: ProbeDocument;
}

/** What a reporter may know besides the stored results: where its reader stands. */
export interface Surroundings {
  /** Folder that paths in the report are relative to: the repository's top, or where the command was given. */
  repository: string;
}

/**
 * One format. It knows the stored results and nothing of how they came about, so that a report of an old run is as good
 * as one of a run that just ended. A new format is a new file, and a line in catalogue.ts.
 */
export interface Reporter {
  /** What it is called by on the command line. */
  format: string;
  describe: string;
  /** Its file in the results folder; null: it is for standard output. */
  fileName: string | null;
  render(stored: Reportable, surroundings: Surroundings): string;
}
