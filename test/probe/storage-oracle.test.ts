/** Each thing that a storage can fail to keep, by a tree with that broken and one with it kept. */
import t from 'tap';
import { historyOf } from '../../harness/probe/executor/call-history.js';
import { owedFinding } from '../../harness/probe/judge/owed-finding.js';
import {
  type FoundState,
  foundState,
  StorageOracle,
  treeOf,
} from '../../harness/probe/judge/storage-oracle.js';
import { momentAt } from '../../harness/probe/lane/crash-moments.js';
import type { FoundNode } from '../../harness/probe/resident/messages.js';
import { bytesOf, staleByte } from '../../harness/probe/workload/bytes.js';
import { parseWorkload } from '../../harness/probe/workload/workload.js';

function node(path: string, kind: FoundNode['kind'], content?: Buffer): FoundNode {
  return {
    path,
    kind,
    identity: path.length * 1000 + path.charCodeAt(0),
    mode: kind === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    links: kind === 'directory' ? 2 : 1,
    xattrs: {},
    ...(content ? { content: content.toString('base64') } : {}),
  };
}

const root = node('', 'directory');

/** An oracle of a workload on a tree that setup left, with its files as `setup` made them. */
function oracleOf(text: string, before: FoundNode[] = []) {
  const calls = historyOf(parseWorkload(text, 'test'), treeOf([root, ...before]).nodes);
  const oracle = new StorageOracle(calls);
  return {
    judge(state: FoundState, moment: { begun: number; returned: number }) {
      const { breach, undecided } = oracle.judge(state, moment);
      return { breach: breach && owedFinding(breach, calls), undecided };
    },
  };
}

function found(...nodes: FoundNode[]) {
  return foundState([root, ...nodes], null, null);
}

const all = (operations: number) => ({ begun: operations, returned: operations });

t.test('a name in a directory that was fsynced, and not before', async (t) => {
  const oracle = oracleOf('create foo; fsync foo; fsync .');
  t.match(oracle.judge(found(), all(3)), {
    breach: {
      rules: 'posix',
      kind: 'fsync: name',
      operation: 2,
      text: 'lost what fsync(.) owed: the name foo',
    },
  });
  t.strictSame(oracle.judge(found(), { begun: 3, returned: 2 }), { breach: null, undecided: false });
  t.strictSame(oracle.judge(found(node('foo', 'file', Buffer.alloc(0))), all(3)), {
    breach: null,
    undecided: false,
  });
});

t.test('bytes, a removal, a mapping, a write on an O_SYNC descriptor', async (t) => {
  const content = bytesOf(1, 0, 12288);
  const before = [node('foo', 'file', content)];
  const setup = 'create foo; write foo 0 12288; start; ';
  const cases = [
    { text: 'write foo 4096 4096; fdatasync foo', kind: 'fdatasync: content', line: 2 },
    { text: 'store foo 4096 4096; msync foo 4096 4096', kind: 'msync: content', line: 2 },
    { text: 'write foo 4096 4096 sync', kind: 'pwrite64: content', line: 2 },
    { text: 'write foo 4096 4096; sync', kind: 'sync: content', line: 2 },
  ];
  for (const { text, kind, line } of cases) {
    const operations = text.split(';').length;
    const oracle = oracleOf(`${setup}${text}`, before);
    const kept = Buffer.from(content);
    bytesOf(line, 4096, 4096).copy(kept, 4096);
    t.match(oracle.judge(found(...before), all(operations)), { breach: { rules: 'posix', kind } }, text);
    t.match(oracle.judge(found(node('foo', 'file', kept)), all(operations)), { breach: null }, text);
  }
  const gone = oracleOf(`${setup}unlink foo; fsync .`, before);
  t.match(gone.judge(found(...before), all(2)), { breach: { kind: 'fsync: removal' } });
  t.match(gone.judge(found(), all(2)), { breach: null });
  // O_SYNC owes that write, and no dirty page that came before it.
  const trap = oracleOf(`${setup}write foo 0 4096; write foo 8192 4096 sync`, before);
  const half = Buffer.from(content);
  bytesOf(3, 8192, 4096).copy(half, 8192);
  t.match(trap.judge(found(node('foo', 'file', half)), all(2)), { breach: null });
});

t.test('what no call has to ask for', async (t) => {
  const oracle = oracleOf('create foo; write foo 0 4096');
  const stale = Buffer.alloc(4096, staleByte);
  t.match(oracle.judge(found(node('foo', 'file', stale)), all(2)), {
    breach: { rules: 'linux', kind: 'foreign bytes', operation: null },
  });
  t.match(oracle.judge(found(node('foo', 'file', Buffer.alloc(4096))), all(2)), { breach: null });
  t.match(oracle.judge(foundState(null, 'EUCLEAN', null), all(2)), {
    breach: { rules: 'posix', kind: 'does not mount', text: 'does not mount after the crash: EUCLEAN' },
  });
  t.match(oracle.judge(foundState([root], null, 'removing A: ENOTEMPTY'), all(0)), {
    breach: { rules: 'linux', kind: 'cannot be used again' },
  });
});

t.test('which operations had begun and returned, by the log alone', async (t) => {
  // Three operations had returned after 2, 5 and 5 disk operations; the first and the last make something durable.
  const returns = [2, 5, 5];
  const syncs = [0, 2];
  const at = (reason: 'flush' | 'fua' | 'ack' | 'before_ack' | 'start' | 'end', logIndex: number, acks = 0) =>
    momentAt(
      {
        id: 0,
        reason,
        logIndex,
        acks,
        said: acks,
        lastFlushes: [],
        openFua: reason === 'fua' ? logIndex - 1 : -1,
        disk: '',
      },
      returns,
      syncs,
    );
  t.strictSame(at('start', 0), { begun: 1, returned: 0 });
  t.strictSame(at('flush', 1), { begun: 1, returned: 0 }, 'a flush of the first operation');
  t.strictSame(at('ack', 2, 1), { begun: 1, returned: 1 }, 'its return');
  t.strictSame(at('flush', 4, 1), { begun: 2, returned: 1 });
  t.strictSame(at('fua', 5, 1), { begun: 2, returned: 1 }, 'a write that had not completed');
  t.strictSame(at('before_ack', 5, 1), { begun: 2, returned: 2 }, 'what the last one owes is not owed yet');
  t.strictSame(at('end', 9, 2), { begun: 3, returned: 3 });
});
