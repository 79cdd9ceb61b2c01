/**
 * The results document as a schema: what readers may rely on, checked before anything is made of a stored one, and
 * published as a JSON schema. Keys that it does not know are kept: a newer writer of the same version may add some.
 *
 * The types in results.ts, finding.ts and protocol.ts say the same for programs; the compiler compares the two below.
 */
import { z } from 'zod';
import type { Cause, CrashPointSummary, Finding, Patch } from './finding.js';
import type { Protocol, ProtocolAck, ProtocolGap, ProtocolOperation, ProtocolRepair } from './protocol.js';
import type {
  Calibration,
  Coverage,
  ModelCheck,
  RecordingMade,
  Results,
  RunResult,
  SourceExcerpt,
} from './results.js';

const natural = z.number().int().nonnegative();
const outcome = z.enum(['pass', 'violation', 'unknown']).meta({ description: 'The three-valued outcome.' });

const cause = z.looseObject({
  syscall: z.string().meta({ description: 'System call, or write or discard for a lost block write.' }),
  args: z.string().meta({ description: 'Arguments as text; for a block write: sectors and their file.' }),
  at: z.string().meta({ description: 'Source line (src/prog.py:12), or log:INDEX for a block write.' }),
  called_from: z.string().optional().meta({
    description: "The program's line that called a package, a wrapper, or another file of its own.",
  }),
});

const patch = z
  .looseObject({ after: z.string(), line: z.string() })
  .meta({ description: 'A line to add, and the source line behind which it goes.' });

const crashPoint = z.looseObject({
  log_index: natural.nullable(),
  reason: z.enum(['flush', 'fua', 'begin', 'before_ack', 'ack', 'start', 'end', 'time', 'operation', 'log']),
  acks: natural,
  last_ack: z.string().optional(),
  round: natural.optional(),
  seed: z.number().optional(),
});

const finding = z.looseObject({
  id: z.string().meta({ description: 'Stable within a run: F1 observed, C1 contract.' }),
  kind: z.enum(['durability', 'atomicity', 'ordering', 'corruption', 'checker', 'fsync_error']),
  evidence: z.enum(['contract', 'observed']),
  masked: z
    .boolean()
    .meta({ description: 'A contract finding that no crash state of the tested storage shows.' }),
  model: z.string().nullable(),
  storage: z.string(),
  promise: z.string().meta({ description: 'The promise that was broken, in words.' }),
  paths: z.array(z.string()).optional(),
  lost: z.array(z.string()),
  property: z.string().meta({ description: 'One sentence naming what is missing.' }),
  crash_point: crashPoint.nullable(),
  when: z.string().optional().meta({ description: 'When the power was cut, in words.' }),
  cause: z.array(cause),
  operations: z.array(natural).optional(),
  fix: z.string().nullable(),
  patch: patch.optional(),
  reproduce: z.string().meta({ description: 'The command that shows this finding again.' }),
});

const operation = z.looseObject({
  kind: z.literal('operation'),
  number: natural,
  call: z.string(),
  atomic: z.boolean(),
  at: z.string().optional(),
  called_from: z.string().optional(),
  sync: z.looseObject({ errno: z.string().nullable(), durable: z.string() }).optional(),
});
const ack = z.looseObject({ kind: z.literal('ack'), text: z.string() });
const gap = z.looseObject({ kind: z.literal('gap'), lines: natural });
const repair = z.looseObject({
  additions: z.array(z.string()),
  verified: z.boolean(),
  over: z
    .string()
    .optional()
    .meta({ description: 'Over what it was judged again, where that was a search.' }),
  unrepaired: z.array(z.string()).optional().meta({ description: 'What stays broken with it.' }),
});

const protocol = z.looseObject({
  model: z.string(),
  operations: z.array(z.discriminatedUnion('kind', [operation, ack, gap])),
  repair: repair.nullable(),
  superfluous: z.array(z.string()),
});

const modelCheck = z.looseObject({
  models: z.array(z.string()),
  scope: z.string().optional().meta({
    description: 'Of which crash states: models speak of whole writes, and torn ones are not compared.',
  }),
  recovered_states: natural,
  checked: natural,
  not_allowed: natural,
});

const coverage = z.looseObject({
  engine: z.enum(['replay', 'contract', 'live']),
  crash_points: natural,
  pending_writes: natural,
  states: z.string().regex(/^\d+$/).meta({ description: 'A decimal string: it outgrows a double.' }),
  recoveries: natural,
  scope: z.string().meta({ description: 'What the search speaks of, in words.' }),
  exhaustive: z.boolean().meta({ description: 'Every crash state that scope names was covered.' }),
  systematic: z
    .boolean()
    .meta({ description: 'Each crash point got at least its prefix and each single omission.' }),
  unseen: z.array(z.string()).meta({ description: 'What was not looked at; empty exactly when exhaustive.' }),
  audit: z.looseObject({ sampled: natural, mismatched: natural }),
  model_check: modelCheck.optional(),
});

const source = z
  .looseObject({
    name: z.string(),
    path: z.string(),
    lines: z.array(z.looseObject({ number: natural, text: z.string() })),
  })
  .meta({ description: 'A source file that findings name, with the lines around what they name.' });

const recording = z
  .looseObject({
    schedule: z.enum(['prompt', 'commit_pressure', 'slow_disk']),
    write_delay_ms: z.number(),
    commits: natural.optional(),
  })
  .meta({ description: 'One recording, which is one schedule of write-back.' });

const calibration = z.looseObject({ outcome, detail: z.string() });

const run = z.looseObject({
  verdict: outcome,
  contract: outcome.nullable(),
  observed: outcome.nullable(),
  expected: z.looseObject({ contract: outcome.optional(), observed: outcome.optional() }).nullable(),
  met: z.boolean().nullable(),
  scenario: z.string(),
  storage: z.string(),
  container: z.looseObject({ name: z.string(), id: z.string() }).optional(),
  recovered_by: z
    .string()
    .meta({
      description: "The kernel that recovered crash states, such as `6.1.0-42-amd64 (this machine's)`",
    })
    .optional(),
  run: z.string().meta({ description: 'Folder of this run.' }),
  file: z.string().optional().meta({ description: 'The scenario file, where there is one.' }),
  promises: z
    .array(z.string())
    .optional()
    .meta({ description: 'What was promised, by the words of --promise.' }),
  unlisted_findings: natural
    .optional()
    .meta({ description: 'Distinct violations seen beyond those listed.' }),
  findings: z.array(finding),
  sources: z.array(source).optional(),
  recordings: z
    .array(recording)
    .optional()
    .meta({ description: 'What the observed verdict rests on, one for each replay entry in coverage.' }),
  protocols: z.array(protocol).optional(),
  notes: z.array(z.string()),
  coverage: z.array(coverage),
  calibration: calibration.nullable(),
  timing_ms: z.record(z.string(), z.number()),
});

/** One run, as `result.json` in its folder holds it. */
export const runDocument = run;

/** The whole document, as `results.json` holds it and `--json` prints it. */
export const resultsDocument = z.looseObject({
  schema: z.string(),
  tool: z.looseObject({ name: z.literal('plugpull'), version: z.string() }),
  environment: z.record(z.string(), z.string()),
  verdict: outcome,
  met: z.boolean().nullable(),
  runs: z.array(run),
  unfinished: z.array(z.string()).optional().meta({
    description: 'Folders of runs that were asked for and are not finished: the command was ended.',
  }),
});

/** Keys of a type that its schema does not list; the program compiles when there are none. */
type Unlisted<T, Schema extends { shape: object }> = Exclude<keyof T, keyof Schema['shape']>;

({}) satisfies Record<
  | Unlisted<Results, typeof resultsDocument>
  | Unlisted<RunResult, typeof run>
  | Unlisted<Calibration, typeof calibration>
  | Unlisted<RecordingMade, typeof recording>
  | Unlisted<SourceExcerpt, typeof source>
  | Unlisted<Coverage, typeof coverage>
  | Unlisted<ModelCheck, typeof modelCheck>
  | Unlisted<Finding, typeof finding>
  | Unlisted<Cause, typeof cause>
  | Unlisted<Patch, typeof patch>
  | Unlisted<CrashPointSummary, typeof crashPoint>
  | Unlisted<Protocol, typeof protocol>
  | Unlisted<ProtocolRepair, typeof repair>
  | Unlisted<ProtocolOperation, typeof operation>
  | Unlisted<ProtocolAck, typeof ack>
  | Unlisted<ProtocolGap, typeof gap>,
  never
>;
