/**
 * Finds the crash state that belongs to a finding of a finished run.
 */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { refuseDamage } from '../attach/trace-checksums.js';
import { shellQuote } from '../scenario/shell-quote.js';
import { readManifest } from '../trace/manifest.js';
import { recordingFolder } from '../trace/recording-folder.js';
import { UsageError } from '../verdict/errors.js';
import type { Finding } from '../verdict/finding.js';
import { checked, readObject } from '../verdict/stored-json.js';
import { readStoredRun } from '../verdict/stored-results.js';

const natural = z.number().int().nonnegative();
const statesSchema = z.record(
  z.string(),
  z.looseObject({ point: natural, lost: z.array(natural), nested: z.boolean() }),
);

export interface FoundState {
  traceFolder: string;
  /** Position in the trace's list of crash points. */
  point: number;
  /** The pieces that did not make it. */
  lost: number[];
  /** What the run says about it; null when its result is not at hand. */
  finding: Finding | null;
  /** Whether User-mode Linux recovered it; this machine's kernel then never saw it. */
  recoveredByUml: boolean;
}

/**
 * @param run a run's folder, or that of one of its recordings
 * @param id as `result.json` has it: `F1`, or `R2F1` for the second of several recordings
 */
export function findState(run: string, id: string): FoundState {
  const folder = resolve(run);
  const [, recording, ownId = id] = /^R(\d+)([FMU]\d+)$/.exec(id) ?? [];
  const own = recordingFolder(folder, recording === undefined ? 0 : Number(recording) - 1);
  const path = join(own, 'states.json');
  const result = existsSync(join(folder, 'result.json')) ? readStoredRun(folder) : null;
  const finding = result?.findings.find((one) => one.id === id) ?? null;
  const recoveredByUml = / uml\b/.test(result?.recovered_by ?? '');
  if (finding?.evidence === 'contract') {
    throw new UsageError(
      `mount: ${id} is a contract finding: it follows from the system calls, and no disk image shows it; see plugpull show ${shellQuote(run)} ${id}`,
    );
  }
  if (!existsSync(path)) {
    throw new UsageError(`mount: ${run}: expected the folder of a judged run, found no ${path}`);
  }
  const state = readStates(path)[ownId];
  if (!state) {
    const known = result?.findings.map((one) => one.id) ?? Object.keys(readStates(path));
    throw new UsageError(`mount: ${run} has no finding ${id}; it has ${known.join(', ') || 'none'}`);
  }
  if (state.nested) {
    throw new UsageError(
      `mount: ${id} is seen only when the recovery of a crash state is itself cut short; that second crash cannot be put on a disk for you yet. plugpull show ${shellQuote(run)} ${id} says what is lost`,
    );
  }
  const traceFolder = join(own, 'trace');
  refuseDamage(traceFolder, readManifest(traceFolder));
  return { traceFolder, point: state.point, lost: state.lost, finding, recoveredByUml };
}

function readStates(path: string): z.output<typeof statesSchema> {
  const states = readObject(path, "the crash states of a run's findings cannot be read");
  return checked(statesSchema, states, path);
}
