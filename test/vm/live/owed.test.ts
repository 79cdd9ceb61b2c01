/** What is owed after a round: as after a recording, but for what an earlier round left and this one took back. */
import t from 'tap';
import { KeptClaim } from '../../../harness/promise/kept.js';
import { scenario } from '../../../harness/scenario/schema/scenario.js';
import type { AckEvent, PathTouches, TreeEntry } from '../../../harness/trace/events.js';
import { FileBytes } from '../../../harness/trace/file-bytes.js';
import type { Snapshot } from '../../../harness/trace/observations.js';
import { owedAfterRound } from '../../../vm/live/owed.js';

const contents = new Map<TreeEntry, string>();
const file = (path: string, content: string, ino: number): TreeEntry => {
  const entry: TreeEntry = { path, type: 'file', ino, mode: 0o644, size: content.length, ctime_ns: '0' };
  contents.set(entry, content);
  return entry;
};
const snapshot = (
  acks: number,
  entries: TreeEntry[],
  touched: Record<string, PathTouches> = {},
  final = false,
): Snapshot => ({ acks, final, touched, tree: new Map(entries.map((entry) => [entry.path, entry])) });
const given = (count: number): AckEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    type: 'ack',
    block_index: 0,
    time_ns: '0',
    text: `${i}`,
    source: 'socket',
  }));
const rewritten: PathTouches = { modified: 2, versions: 1, removed: 0 };

function rules(
  snapshots: Snapshot[],
  { acks = 0, fromSetup = [] as string[], atomic = [] as string[] } = {},
): string[] {
  const parsed = scenario.parse({
    name: 'x',
    workload: { run: 'x' },
    promise: { snapshot: true, atomic },
  });
  const round = {
    snapshots,
    acks: given(acks),
    content: (entry: TreeEntry) => FileBytes.of(Buffer.from(contents.get(entry)!)),
  };
  return owedAfterRound(round, parsed, new Set(fromSetup)).map((claim) => {
    if (!(claim instanceof KeptClaim)) return 'whole';
    return typeof claim.since === 'string' ? claim.since : 'changed';
  });
}

t.test('what nobody touched since an earlier round is owed for ever', async (t) => {
  const old = file('old', 'kept', 1);
  t.same(rules([snapshot(0, [old]), snapshot(0, [old], {}, true)]), ['nothing']);
  const fresh = file('new', 'n', 2);
  t.same(
    rules([snapshot(0, [old]), snapshot(1, [old, fresh]), snapshot(1, [old, fresh], {}, true)], { acks: 1 }),
    ['nothing', 'nothing'],
  );
});

t.test('what an earlier round made is no longer owed once it is written anew', async (t) => {
  const before = file('log', 'first', 1);
  const after = file('log', 'first and more', 1);
  const round = [snapshot(0, [before]), snapshot(0, [after], { log: rewritten }, true)];
  t.same(rules(round), []);
  t.same(rules(round, { fromSetup: ['log'] }), ['changed'], 'what setup made still is');
  t.same(rules(round, { atomic: ['log'] }), ['whole'], 'and what is always whole');
});

t.test('what this round acked is owed whatever it was before', async (t) => {
  const before = file('log', 'first', 1);
  const acked = file('log', 'second', 1);
  const after = file('log', 'second, longer', 1);
  const round = [
    snapshot(0, [before]),
    snapshot(1, [acked], { log: rewritten }),
    snapshot(1, [after], { log: rewritten }, true),
  ];
  t.same(rules(round, { acks: 1 }), ['changed']);
});
