/**
 * What is known of a tree within the recoverer's answer, for a recoverer whose files its lane cannot read at once: a
 * guest's kernel may not have written them yet.
 */
import { type FileFact, noFacts, type TreeFacts } from '../tree-facts.js';

/** As JSON has it; `content` in base64, null where a path could not be looked into. */
export interface InlineFacts {
  looked: [path: string, fact: unknown][];
  lookedInto: [path: string, fact: unknown, content: string | null][];
  xattrs: [path: string, fact: unknown][];
}

/** With more than this a tree is not told about: its disk contents are recovered again for other acks. */
const mostContentBytes = 1024 * 1024;

/** Null where it would be too much for an answer. */
export function inlineFacts({ looked, lookedInto, xattrs }: TreeFacts): InlineFacts | null {
  let contentBytes = 0;
  for (const fact of lookedInto.values()) if ('content' in fact) contentBytes += fact.content.length;
  if (contentBytes > mostContentBytes) return null;
  return {
    looked: [...looked],
    lookedInto: [...lookedInto].map(([path, fact]) =>
      'content' in fact ? [path, { entry: fact.entry }, fact.content.toString('base64')] : [path, fact, null],
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
    else facts.lookedInto.set(path, { entry: entry!, content: Buffer.from(content, 'base64') });
  }
  return facts;
}

type MapValue<M> = M extends Map<string, infer V> ? V : never;
