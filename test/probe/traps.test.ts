/** What is not owed: each trap with where it is said, and beside it what is owed, so that silence alone does not pass. */
import t from 'tap';
import { historyOf } from '../../harness/probe/executor/call-history.js';
import { owedFinding } from '../../harness/probe/judge/owed-finding.js';
import { foundState, StorageOracle, treeOf } from '../../harness/probe/judge/storage-oracle.js';
import type { FoundNode } from '../../harness/probe/resident/messages.js';
import { bytesOf } from '../../harness/probe/workload/bytes.js';
import { parseWorkload } from '../../harness/probe/workload/workload.js';
import { emptyRoot } from './found-nodes.js';

interface Trap {
  name: string;
  /** Where it is said. */
  source: string;
  setup: FoundNode[];
  text: string;
  /** Left by a crash after all of it had returned. */
  allowed: FoundNode[][];
  owed: { left: FoundNode[]; kind: string };
}

const old = bytesOf(1, 0, 12288);

function file(path: string, content: Buffer, more: Partial<FoundNode> = {}): FoundNode {
  return {
    ...emptyRoot,
    path,
    kind: 'file',
    identity: 1,
    mode: 0o644,
    links: 1,
    content: content.toString('base64'),
    ...more,
  };
}

/** The old bytes with others over them. */
function over(line: number, at: number, length: number, below = old): Buffer {
  const whole = Buffer.alloc(Math.max(below.length, at + length));
  below.copy(whole);
  bytesOf(line, at, length).copy(whole, at);
  return whole;
}

const foo = file('foo', old);
const setup = 'create foo; write foo 0 12288; start; ';

const traps: Trap[] = [
  {
    name: 'fsync of a file owes no name',
    source:
      'fsync(2): "does not necessarily ensure that the entry in the directory containing the file has also reached disk"',
    setup: [],
    text: 'create foo; write foo 0 4096; fsync foo',
    allowed: [[], [file('foo', bytesOf(1, 0, 4096))]],
    owed: { left: [file('foo', Buffer.alloc(0))], kind: 'fsync: content' },
  },
  {
    name: "a directory's fsync owes no content of what is in it",
    source:
      'fsync(2): "an explicit fsync() on a file descriptor for the directory is also needed", for the entry',
    setup: [],
    text: 'create foo; write foo 0 4096; fsync .',
    allowed: [[file('foo', Buffer.alloc(0))], [file('foo', Buffer.alloc(4096))]],
    owed: { left: [], kind: 'fsync: name' },
  },
  {
    name: 'fdatasync owes no mode',
    source: 'fdatasync(2): "does not flush modified metadata unless that metadata is needed"',
    setup: [foo],
    text: `${setup}chmod foo 0600; write foo 12288 4096; fdatasync foo`,
    allowed: [[file('foo', over(3, 12288, 4096))]],
    owed: { left: [foo], kind: 'fdatasync: content' },
  },
  {
    name: 'an O_SYNC write owes no dirty page of before',
    source:
      'open(2), O_SYNC: "By the time write(2) (or similar) returns, the output data ... have been transferred"',
    setup: [foo],
    text: `${setup}write foo 0 4096; write foo 8192 4096 sync`,
    allowed: [[file('foo', over(3, 8192, 4096))]],
    owed: { left: [file('foo', over(2, 0, 4096))], kind: 'pwrite64: content' },
  },
  {
    name: 'an O_SYNC write owes no truncation of before',
    source: 'open(2), O_SYNC: of write(2), and "similar"; ftruncate(2) is none of them',
    setup: [foo],
    text: `${setup}truncate foo 0; write foo 0 4096 sync`,
    allowed: [[file('foo', over(3, 0, 4096))], [file('foo', bytesOf(3, 0, 4096))]],
    owed: { left: [foo], kind: 'pwrite64: content' },
  },
  {
    name: 'msync owes its range alone',
    source:
      'msync(2): "flushes changes ... corresponds to the memory area starting at addr and having length length"',
    setup: [foo],
    text: `${setup}store foo 0 4096; store foo 8192 4096; msync foo 8192 4096`,
    allowed: [[file('foo', over(3, 8192, 4096))]],
    owed: { left: [file('foo', over(2, 0, 4096))], kind: 'msync: content' },
  },
  {
    name: "a new name is owed by its own directory's fsync, not by the old one's",
    source: 'fsync(2), of a directory: its own entries',
    setup: [foo, { ...emptyRoot, path: 'A', identity: 2 }],
    text: 'create foo; write foo 0 12288; mkdir A; start; link foo A/foo; fsync .',
    allowed: [[foo, { ...emptyRoot, path: 'A', identity: 2 }]],
    owed: { left: [foo], kind: 'name' },
  },
];

for (const { name, source, setup, text, allowed, owed } of traps)
  t.test(`${name} (${source})`, async (t) => {
    const workload = parseWorkload(text, 'here');
    const calls = historyOf(workload, treeOf([emptyRoot, ...setup]).nodes);
    const oracle = new StorageOracle(calls);
    const done = { begun: workload.body.length, returned: workload.body.length };
    for (const left of allowed)
      t.strictSame(oracle.judge(foundState([emptyRoot, ...left], null, null), done), {
        breach: null,
        undecided: false,
      });
    const { breach } = oracle.judge(foundState([emptyRoot, ...owed.left], null, null), done);
    t.equal(breach && owedFinding(breach, calls).kind, owed.kind);
  });
