/**
 * What a reader needs to see a finding happen: the events around its crash, and files before the run, as promised, and
 * as recovery left them; for a contract finding calls, and what a model allows to be left. One file a finding,
 * `scenes/F1.json` in the folder of its recording, so that results stay small.
 */
import { z } from 'zod';

export const sceneSchema = 'plugpull.scene/1';

const natural = z.number().int().nonnegative();

const blockEvent = z.looseObject({
  kind: z.enum(['write', 'discard']),
  /** Position in the block log. */
  index: natural,
  sector: natural,
  bytes: natural,
  fua: z.boolean(),
  /** What the blocks belong to: a file's data, the file system's journal, or the rest of its metadata. */
  part: z.enum(['data', 'journal', 'metadata']),
  /** The file, for data; else what kind of block it is. */
  owner: z.string(),
  /** At the finding's crash point: all of it is lost, or some of its sectors are. */
  lost: z.enum(['whole', 'part']).optional(),
});
const flushEvent = z.looseObject({ kind: z.literal('flush'), index: natural });
const ackEvent = z.looseObject({ kind: z.literal('ack'), text: z.string() });
const callEvent = z.looseObject({
  kind: z.literal('call'),
  text: z.string(),
  /** It asked for durability. */
  sync: z.boolean(),
  /** For a contract finding: what it changed, a file or the names in a directory. */
  changes: z.string().optional(),
  /** How many of the events must have happened for that to be durable; absent: nothing makes it so. */
  durable_at: natural.optional(),
  /** At the finding's crash point: all of it is lost, or a part. */
  lost: z.enum(['whole', 'part']).optional(),
});

const point = z.looseObject({
  /** How many of the events had happened. */
  at: natural,
  reason: z.string(),
  /** Acks given before it, of the whole recording. */
  acks: natural,
  /** Events that look durable by the flushes before them and were not: a FUA write on its way. */
  open: z.array(natural).optional(),
});

const fileState = z.looseObject({
  type: z.enum(['file', 'directory', 'symlink', 'other', 'unreadable']),
  size: natural,
  /** Where a link points, or why it cannot be read. */
  target: z.string().optional(),
  /** Part of the content, around the first difference: byte offset, and base64. */
  from: natural,
  data: z.string(),
});

const sceneFile = z.looseObject({
  path: z.string(),
  /** null: no such file. */
  before: fileState.nullable(),
  promised: fileState.nullable(),
  after: fileState.nullable(),
});

export const sceneDocument = z.looseObject({
  schema: z.literal(sceneSchema),
  finding: z.string(),
  events: z.array(z.discriminatedUnion('kind', [blockEvent, flushEvent, ackEvent, callEvent])),
  /** Events of the recording that are not here. */
  left_out: z.object({ before: natural, after: natural }),
  /** Crash points within these events; `cut` is the finding's. */
  points: z.array(point),
  cut: natural,
  /** null: nobody looked at the recovered files, for the reason given. */
  files: z.array(sceneFile).nullable(),
  files_note: z.string().optional(),
  /** The last lines that the guest's kernel said, where there was one. */
  console: z.array(z.string()).optional(),
});

export type Scene = z.infer<typeof sceneDocument>;
export type SceneEvent = Scene['events'][number];
export type SceneFile = z.infer<typeof sceneFile>;
export type FileState = z.infer<typeof fileState>;
