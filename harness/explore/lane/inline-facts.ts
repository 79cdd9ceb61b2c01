/**
 * What is known of a tree within the recoverer's answer, for a recoverer whose files its lane cannot read at once: a
 * guest's kernel may not have written them yet.
 */
import { FileBytes } from '../../trace/file-bytes.js';
import { type FileFact, noFacts, type TreeFacts } from '../tree-facts.js';

/** A file's length, and its data in base64, each piece behind its place. */
type InlineContent = [length: number, data: [at: number, bytes: string][]];

/** As JSON has it; `content` is null where a path could not be looked into. */
export interface InlineFacts {
  looked: [path: string, fact: unknown][];
  lookedInto: [path: string, fact: unknown, content: InlineContent | null][];
  xattrs: [path: string, fact: unknown][];
}

/** With more than this a tree is not told about: its disk contents are recovered again for other acks. */
const mostContentBytes = 1024 * 1024;

/** Null where it would be too much for an answer. */
export function inlineFacts({ looked, lookedInto, xattrs }: TreeFacts): InlineFacts | null {
  let contentBytes = 0;
  for (const fact of lookedInto.values())
    if ('content' in fact) for (const { bytes } of fact.content.ranges) contentBytes += bytes.length;
  if (contentBytes > mostContentBytes) return null;
  return {
    looked: [...looked],
    lookedInto: [...lookedInto].map(([path, fact]) =>
      'content' in fact ? [path, { entry: fact.entry }, inlineContent(fact.content)] : [path, fact, null],
    ),
    xattrs: [...xattrs],
  };
}

export function factsInline({ looked, lookedInto, xattrs }: InlineFacts): TreeFacts {
  const facts = noFacts();
  for (const [path, fact] of looked) facts.looked.set(path, fact as MapValue<TreeFacts['looked']>);
  for (const [path, fact] of xattrs) facts.xattrs.set(path, fact as MapValue<TreeFacts['xattrs']>);
  for (const [path, fact, content] of lookedInto) {
    const { entry, error } = fact as { entry?: FileFact['entry']; error?: string };
    if (content === null) facts.lookedInto.set(path, { error: error! });
    else facts.lookedInto.set(path, { entry: entry!, content: contentInline(content) });
  }
  return facts;
}

function inlineContent({ length, ranges }: FileBytes): InlineContent {
  return [length, ranges.map(({ offset, bytes }) => [offset, bytes.toString('base64')])];
}

function contentInline([length, data]: InlineContent): FileBytes {
  return new FileBytes(
    length,
    data.map(([offset, bytes]) => ({ offset, bytes: Buffer.from(bytes, 'base64') })),
  );
}

type MapValue<M> = M extends Map<string, infer V> ? V : never;
