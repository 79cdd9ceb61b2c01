import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ScenarioInput, scenario } from '../scenario/schema/scenario.js';
import { UsageError } from '../verdict/errors.js';
import { problemsOf, problemsText } from '../verdict/problems.js';

/** The version of the trace folder this program writes; it reads the same. */
export const traceSchema = 'plugpull.trace/1';

/** The system-call log in a trace folder, as strace(1) wrote it. */
export const callsFile = 'calls.strace';

/** A trace below a trace: calls of another run of the workload, which are judged in place of the recorded one's. */
export const againFolder = 'again';

const manifestSchema = z.object({
  schema: z.literal(traceSchema),
  tool: z.object({ name: z.string(), version: z.string() }),
  kernel: z.string(),
  machine: z.string(),
  /** The container image that the scenario's programs ran in; absent without one. */
  container: z.object({ name: z.string(), id: z.string() }).optional(),
  recorded_at: z.string(),
  /** The scenario as it was written, options applied: judging again needs nothing else. */
  scenario: z.unknown().transform((value, context) => {
    const parsed = scenario.safeParse(value);
    if (parsed.success) return { input: value as ScenarioInput, ...parsed.data };
    for (const { expected, path } of problemsOf(parsed.error, value, scenario).told)
      context.addIssue({ code: 'custom', message: `expected ${expected}`, path });
    return z.NEVER;
  }),
  /** Which of the scenario's storages was recorded, from 0. */
  storage: z.number().int().nonnegative(),
  /** What its superblock says the file system was made with, in the tools' words; older and imported traces do not tell. */
  features: z.array(z.string()).optional(),
  /** Size of the recorded disk; null when none was, and there are system calls alone. */
  size_bytes: z.number().int().positive().nullable(),
  seed: z.number().int(),
  /** Which of the scenario's recordings, from 0. */
  recording: z.number().int(),
  /** Milliseconds that the disk took over each write while it was recorded; older and imported traces do not tell. */
  write_delay_ms: z.number().nonnegative().optional(),
  /** How often something beside the workload made its file system commit; absent where nothing was to. */
  commits: z.number().int().nonnegative().optional(),
  /** How the workload ended; null when nobody saw it, as in an imported trace. */
  workload: z
    .object({
      exit_code: z.number().int().nullable(),
      signal: z.string().nullable(),
      timed_out: z.boolean(),
      duration_ms: z.number(),
      /** What it said last on standard error, where it did not end as it should. */
      last_words: z.array(z.string()).optional(),
    })
    .nullable(),
  /** Where an imported trace came from; a recorded one has no such key. */
  imported_from: z.object({ base: z.string(), log: z.string() }).optional(),
  /** What the system-call log was about; absent when the calls were not traced. */
  calls: z
    .object({
      /** The workload's directory, as the calls name it. */
      root: z.string(),
      ack_socket: z.string(),
      /** The mask the workload was started with (umask(2)); older traces do not tell. */
      umask: z.number().int().nonnegative().optional(),
      /** Whom the workload was started as; older traces do not tell. */
      user: z.object({ uid: z.number().int(), gid: z.number().int() }).optional(),
    })
    .optional(),
  /** Index in the block log at which a cut took the power away; null when the recording ran to its end. */
  cut_at: z.number().int().nullable(),
  /** Why the block log may not hold all that was done to the disk; absent when it does. */
  doubt: z.string().optional(),
  /** Of the other files, by name; older traces have none (`harness/attach/trace-checksums.ts`). */
  checksums: z.record(z.string(), z.string()).optional(),
  /** Folder with the workloads that the scenario's commands refer to as $WORKLOADS. */
  workloads: z.string(),
  /** Folder of the scenario file, where its commands' relative paths start; null without a file. */
  scenario_folder: z.string().nullable(),
});

/** `trace/manifest.json`. */
export type Manifest = z.output<typeof manifestSchema>;

export function writeManifest(folder: string, manifest: Manifest): void {
  const written = { ...manifest, scenario: manifest.scenario.input };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(written, null, 2)}\n`);
}

export function readManifest(folder: string): Manifest {
  const path = join(folder, 'manifest.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${folder} is not a trace: expected a readable manifest.json in it (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}: expected JSON: ${(error as Error).message}`);
  }
  const found = (value as { schema?: unknown } | null)?.schema;
  if (found !== traceSchema) {
    throw new UsageError(`${path}: expected schema ${traceSchema}, found ${JSON.stringify(found) ?? 'none'}`);
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) throw new UsageError(`${path}: ${problemsText(parsed.error, value, manifestSchema)}`);
  const { scenario, storage } = parsed.data;
  if (storage >= scenario.storage.length) {
    throw new UsageError(
      `${path}: storage: expected one of the scenario's ${scenario.storage.length} storages, counted from 0, found ${storage}`,
    );
  }
  return parsed.data;
}
