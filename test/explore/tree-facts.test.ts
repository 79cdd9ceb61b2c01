/** A tree that is known in part answers as the tree itself did, or says that it does not know. */
import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import { errorCode } from '../../harness/attach/libc.js';
import { FactReader, FactWriter } from '../../harness/explore/lane/fact-store.js';
import { factsInline, type InlineFacts, inlineFacts } from '../../harness/explore/lane/inline-facts.js';
import { LaneMemory, type Recovery } from '../../harness/explore/lane/lane-memory.js';
import type { StateJudge } from '../../harness/explore/lane/state-judge.js';
import { KnownTree, NotedTree, type TreeFacts, UnknownFact } from '../../harness/explore/tree-facts.js';
import type { Problem } from '../../harness/judge/judgement.js';
import type { RecoveredTree, WantedContent } from '../../harness/promise/recovered-tree.js';
import { FileBytes } from '../../harness/trace/file-bytes.js';
import { problemCalled } from './in-process-pool.js';

type Node = { content: Buffer } | { error: string } | { target: string };

const refusal = (code: string): Error =>
  Object.assign(new Error(code), { code, errno: -constants.errno[code as keyof typeof constants.errno] });

/** A tree of files, links and what cannot be looked at. */
function treeOf(nodes: Record<string, Node>): RecoveredTree {
  const nodeAt = (path: string): Exclude<Node, { error: string }> => {
    const node = nodes[path] ?? { error: 'ENOENT' };
    if ('error' in node) throw refusal(node.error);
    return node;
  };
  const entryOf = (node: Exclude<Node, { error: string }>) =>
    'target' in node
      ? { type: 'symlink' as const, mode: 0o777, uid: 0, gid: 0, size: node.target.length }
      : { type: 'file' as const, mode: 0o644, uid: 0, gid: 0, size: node.content.length };
  return {
    look(path) {
      const node = nodeAt(path);
      return 'target' in node ? { ...entryOf(node), target: node.target } : entryOf(node);
    },
    lookInto(path, { lengthBytes, whole }) {
      const node = nodeAt(path);
      if ('target' in node) throw refusal('ELOOP');
      const fits = whole ? node.content.length === lengthBytes : node.content.length >= lengthBytes;
      return { ...entryOf(node), content: fits ? FileBytes.of(node.content).first(lengthBytes) : null };
    },
    xattrs(path) {
      const node = nodeAt(path);
      return 'target' in node || node.content.length % 2
        ? {}
        : { 'user.k': node.content.toString('base64', 0, 3) };
    },
  };
}

type Question = { path: string; wanted: WantedContent | 'xattrs' | null };

function answerOf(tree: RecoveredTree, { path, wanted }: Question): string {
  try {
    if (!wanted) return JSON.stringify(tree.look(path));
    if (wanted === 'xattrs') return JSON.stringify(tree.xattrs(path));
    const { content, ...entry } = tree.lookInto(path, wanted);
    return JSON.stringify({ ...entry, content: content?.read(0, content.length).toString('latin1') ?? null });
  } catch (error) {
    if (error instanceof UnknownFact) return 'not known';
    // As a judge tells a refusal from a fault.
    const code = errorCode(error);
    if (code === null) throw error;
    return `failed: ${code}`;
  }
}

const paths = ['a', 'b', 'l', 'x'];
const size = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 40_000 }));
const nodes = fc.dictionary(
  fc.constantFrom(...paths),
  fc.oneof(
    fc.tuple(size, fc.nat({ max: 250 })).map(([length, byte]) => ({ content: Buffer.alloc(length, byte) })),
    fc.constantFrom({ error: 'EIO' }, { target: 'a' }),
  ),
);
const question: fc.Arbitrary<Question> = fc.record({
  path: fc.constantFrom(...paths),
  wanted: fc.option(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ lengthBytes: size, whole: fc.boolean() }) },
      fc.constant('xattrs' as const),
    ),
  ),
});
const questions = fc.array(question, { maxLength: 8 });

t.test(
  'as the tree answered, through the file between two processes and within an answer, too',
  async (t) => {
    let again = 0;
    const folder = t.testdir();
    const writer = new FactWriter(folder);
    const reader = new FactReader(folder);
    t.teardown(() => reader.close());
    const property = fc.property(nodes, questions, questions, (nodes, asked, others) => {
      const tree = treeOf(nodes);
      const noted = new NotedTree(tree);
      for (const one of asked) {
        if (answerOf(noted, one) !== answerOf(tree, one)) throw new Error('noting changes an answer');
      }
      const inline = JSON.stringify(inlineFacts(noted.facts));
      const told = [reader.read(writer.add(noted.facts)), factsInline(JSON.parse(inline) as InlineFacts)];
      for (const facts of [noted.facts, ...told]) {
        const known = new KnownTree(facts);
        for (const one of asked)
          if (answerOf(known, one) !== answerOf(tree, one)) throw new Error('another answer than before');
        for (const one of others) {
          const answer = answerOf(known, one);
          if (answer === 'not known') continue;
          again++;
          if (answer !== answerOf(tree, one)) throw new Error('a wrong answer');
        }
      }
    });
    fc.assert(property, { numRuns: 600 });
    t.ok(again > 300, `${again} questions that had not been asked were answered`);
  },
);

t.test('what is too large for an answer is not told', async (t) => {
  const noted = new NotedTree(treeOf({ log: { content: Buffer.alloc(2 ** 21, 7) } }));
  noted.lookInto('log', { lengthBytes: 2 ** 21, whole: true });
  t.equal(inlineFacts(noted.facts), null);
});

t.test('a file that grew is known to the end of its last page', async (t) => {
  const noted = new NotedTree(treeOf({ log: { content: Buffer.alloc(5000, 7) } }));
  noted.lookInto('log', { lengthBytes: 4000, whole: false });
  const known = new KnownTree(noted.facts);
  t.equal(known.lookInto('log', { lengthBytes: 4096, whole: false }).content?.length, 4096);
  t.equal(answerOf(known, { path: 'log', wanted: { lengthBytes: 4097, whole: false } }), 'not known');
  t.equal(known.lookInto('log', { lengthBytes: 4097, whole: true }).content, null, 'its size tells enough');
});

function exists(tree: RecoveredTree, path: string): boolean {
  try {
    tree.look(path);
    return true;
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return false;
  }
}

t.test('what was recovered for one ack is judged for others, as far as it is known', async (t) => {
  // After n acks the files 0 to n - 1 are owed.
  const judge = {
    problems: (tree: RecoveredTree, acks: number): Problem[] =>
      Array.from({ length: acks }, (_, i) => `${i}`)
        .filter((path) => !exists(tree, path))
        .map((path) => problemCalled(path)),
  } as unknown as StateJudge;
  const memory = new LaneMemory(judge);
  const noted = new NotedTree(treeOf({ 0: { content: Buffer.alloc(1) } }));
  const recovery = (facts: TreeFacts | null, lasting: Problem[] = []): Recovery => ({
    operations: null,
    sight: null,
    left: { lasting, facts },
    judged: new Map(),
  });
  judge.problems(noted, 2);
  const known = recovery(noted.facts);
  t.same(memory.judgeAgain(known, { acks: 0, said: 0 })?.problems, []);
  t.same(memory.judgeAgain(known, { acks: 1, said: 1 })?.problems, []);
  t.same(memory.judgeAgain(known, { acks: 2, said: 2 })?.problems, [problemCalled('1')]);
  t.equal(memory.judgeAgain(known, { acks: 3, said: 3 }), undefined, 'nobody looked for the file 2');
  const broken = [problemCalled('mount')];
  t.same(
    memory.judgeAgain(recovery(null, broken), { acks: 7, said: 7 })?.problems,
    broken,
    'what does not mount never does',
  );
  const told: Recovery = { ...known, left: null, judged: new Map([[1, []]]) };
  t.same(memory.judgeAgain(told, { acks: 1, said: 1 })?.problems, [], 'what a checker said of these acks');
  t.equal(memory.judgeAgain(told, { acks: 0, said: 0 }), undefined, 'it says of no others');
});
