/**
 * One promise, two engines, for what states by names and bytes leave out: modes, owners and extended attributes. Of random
 * programs the analysis of calls says `pass` exactly where no attributes that a crash may leave break a promise as the
 * judge of recovered trees sees it, and of what calls owe nothing is missing in them.
 */
import fc from 'fast-check';
import t from 'tap';
import { promiseBreaches } from '../../harness/contract/breach/promise-breaches.js';
import { Content } from '../../harness/model/content.js';
import type { DirectoryTree } from '../../harness/model/directory-tree.js';
import { type Durability, durability, noSyncChanges } from '../../harness/model/durability.js';
import type { AttributeEffect } from '../../harness/model/effect.js';
import type { History } from '../../harness/model/history.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import { promiseText } from '../../harness/promise/breach.js';
import { breachesOf, claimsAfter } from '../../harness/promise/claims.js';
import { OwedJudge } from '../../harness/promise/owed.js';
import type { RecoveredTree } from '../../harness/promise/recovered-tree.js';
import { TracedCourse } from '../../harness/promise/traced-course.js';
import { WatchedCourse } from '../../harness/promise/watched-course.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import type { TreeEntry } from '../../harness/trace/events.js';
import { FileBytes } from '../../harness/trace/file-bytes.js';
import type { Snapshot } from '../../harness/trace/observations.js';
import { ack, close, create, replayWritten, sync } from '../contract/written-trace.js';

const names = ['a', 'b'] as const;
const name = fc.constantFrom(...names);
const synced = (file: string, call: string): string[] => [
  create(file, 3, 'O_RDONLY'),
  sync(file, call),
  close(),
];
const step: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc
    .tuple(name, fc.constantFrom('0600', '0640', '0755'))
    .map(([file, mode]) => [`chmod("${file}", ${mode}) = 0`]),
  fc.tuple(name, fc.integer({ min: 0, max: 2 })).map(([file, id]) => [`chown("${file}", ${id}, ${id}) = 0`]),
  fc
    .tuple(name, fc.constantFrom('v', 'w'))
    .map(([file, value]) => [`setxattr("${file}", "user.k", "${value}", 1, 0) = 0`]),
  fc.tuple(name, fc.constantFrom('fsync', 'fdatasync')).map(([file, call]) => synced(file, call)),
  fc.constant(['sync() = 0']),
  fc.constant([ack()]),
);
const programs = fc.array(step, { minLength: 1, maxLength: 8 }).map((steps) => steps.flat());
const promises = fc
  .record({ snapshot: fc.boolean(), files: fc.subarray([...names]), ignore: fc.subarray([...names]) })
  .filter(({ snapshot, files }) => snapshot || files.length > 0)
  .map((input) => promise.parse(input));

interface Attributes {
  mode: number;
  uid: number;
  gid: number;
  /** The value of user.k in base64; null: there is none. */
  value: string | null;
}
type Seen = Record<string, Attributes>;
const atFirst: Attributes = { mode: 0o644, uid: 0, gid: 0, value: null };

/** What an effect makes of the attributes. */
function after(attributes: Attributes, effect: AttributeEffect): Attributes {
  if (effect.mode) return { ...attributes, mode: effect.mode.to };
  if (effect.owner) return { ...attributes, ...effect.owner.to };
  if (effect.xattr) return { ...attributes, value: effect.xattr.to ?? null };
  return attributes;
}

const attributeEffects = (history: History, position: number): AttributeEffect[] =>
  history.effects.filter(
    (effect) => effect.kind === 'attributes' && effect.at < position,
  ) as AttributeEffect[];

function visible(history: History, position: number): Seen {
  const seen: Seen = Object.fromEntries(names.map((file) => [file, atFirst]));
  for (const effect of attributeEffects(history, position))
    seen[effect.path] = after(seen[effect.path]!, effect);
  return seen;
}

/** What crashes at a position may leave: each attribute by itself as it was at any time since it was durable. */
function* left(history: History, { since }: Durability, position: number): Generator<Seen> {
  const latest = visible(history, position);
  yield latest;
  for (const file of names)
    for (const what of ['mode', 'owner', 'xattr']) {
      let attributes = atFirst;
      const changes = attributeEffects(history, position).filter((effect) => effect.path === file);
      const last = changes.findLastIndex((effect) => effect.what === what && since[effect.id]! < position);
      for (const [index, effect] of changes.entries()) {
        if (effect.what === what && index > last)
          yield { ...latest, [file]: { ...latest[file]!, ...only(what, attributes) } };
        attributes = after(attributes, effect);
      }
    }
}

function only(what: string, { mode, uid, gid, value }: Attributes): Partial<Attributes> {
  return what === 'mode' ? { mode } : what === 'owner' ? { uid, gid } : { value };
}

const xattrsOf = ({ value }: Attributes): Record<string, string> =>
  value === null ? {} : { 'user.k': value };

function recovered(seen: Seen): RecoveredTree {
  const look = (path: string) => {
    const { mode, uid, gid } = seen[path]!;
    return { type: 'file' as const, mode, uid, gid, size: 1 };
  };
  return {
    look,
    lookInto: (path) => ({ ...look(path), content: FileBytes.of(Buffer.from('x')) }),
    xattrs: (path) => xattrsOf(seen[path]!),
  };
}

function directory(seen: Seen): DirectoryTree {
  const tree: DirectoryTree = new Map();
  tree.set('', { kind: 'directory', identity: 'root', mode: 0o755, content: null, target: null });
  for (const file of names) {
    const { mode, uid, gid } = seen[file]!;
    const content = Content.of(Buffer.from('x'));
    const node = { kind: 'file' as const, identity: file, mode, owner: { uid, gid }, content, target: null };
    tree.set(file, { ...node, xattrs: xattrsOf(seen[file]!) });
  }
  return tree;
}

function course(history: History, until: number): TracedCourse {
  const snapshot = (position: number, acks: number, final: boolean): Snapshot => {
    const tree = new Map<string, TreeEntry>();
    const seen = visible(history, position);
    for (const [index, path] of names.entries()) {
      const { mode, uid, gid } = seen[path]!;
      const entry: TreeEntry = {
        ...{ path, type: 'file', ino: index + 2, mode, uid, gid, size: 1 },
        ctime_ns: `${position}`,
      };
      tree.set(path, { ...entry, xattrs: xattrsOf(seen[path]!) });
    }
    return { acks, final, tree, touched: null };
  };
  const snapshots = [
    snapshot(-1, 0, false),
    ...history.acks.map(({ at }, index) => snapshot(at, index + 1, false)),
    snapshot(history.end, history.acks.length, true),
  ];
  const content = (): FileBytes => FileBytes.of(Buffer.from('x'));
  return new TracedCourse(new WatchedCourse({ snapshots, content }), () => history, until);
}

const runs = Number(process.env.PLUGPULL_RUNS ?? 200);
const model = persistenceModel('posix');

t.test('attributes: one promise, two engines, one reason', async (t) => {
  const counted = { pass: 0, violation: 0 };
  fc.assert(
    fc.property(programs, promises, (calls, promised) => {
      const history = replayWritten(calls, { a: 'x', b: 'x' });
      const durable = durability(history, model);
      const owed = new OwedJudge(history, 'posix');
      const seen = new Set<string>();
      const moments = [...history.steps.map(({ exit }) => exit), ...history.acks.map(({ at }) => at)];
      for (const position of moments.map((at) => at + 0.25)) {
        const acks = history.acks.filter(({ at }) => at < position).length;
        const claims = claimsAfter(course(history, position), acks, promised);
        for (const tree of left(history, durable, position)) {
          for (const { rule, path } of breachesOf(recovered(tree), claims))
            seen.add(promiseText({ rule, path }));
          const moment = { begun: position, returned: position };
          const { breach } = owed.judge({ nodes: directory(tree), unreadable: new Map() }, moment);
          if (breach) throw new Error(`an allowed tree breaks what was owed: ${breach.text}`);
        }
      }
      const breaches = promiseBreaches({ history, model, promises: promised, changes: noSyncChanges });
      const told = new Set(breaches.map(({ promise: said }) => said));
      if ([...told].sort().join() !== [...seen].sort().join())
        throw new Error(`the calls: ${[...told].join('; ')}; the trees: ${[...seen].join('; ')}`);
      counted[told.size > 0 ? 'violation' : 'pass']++;
    }),
    { numRuns: runs },
  );
  t.ok(counted.pass > 20, `${counted.pass} keep their promises`);
  t.ok(counted.violation > 20, `${counted.violation} break them`);
});

t.test('attributes: what is older than a call made durable is its breach', async (t) => {
  let broken = 0;
  fc.assert(
    fc.property(programs, (calls) => {
      const history = replayWritten(calls, { a: 'x', b: 'x' });
      const durable = durability(history, model);
      const owed = new OwedJudge(history, 'posix');
      const position = history.end;
      const now = visible(history, position);
      for (const file of names) {
        const changes = attributeEffects(history, position).filter((effect) => effect.path === file);
        const kept = changes.findLast(({ id, what }) => what === 'mode' && durable.since[id]! < position);
        const possible = new Set([...left(history, durable, position)].map((seen) => seen[file]!.mode));
        if (!kept || possible.has(0o644)) continue;
        const older = { ...now, [file]: { ...now[file]!, mode: 0o644 } };
        const { breach } = owed.judge(
          { nodes: directory(older), unreadable: new Map() },
          { begun: position, returned: position },
        );
        if (breach?.fault !== 'attributes' || !/mode/.test(breach.text))
          throw new Error(`a mode was lost that was durable, and ${breach?.text ?? 'nothing'} was said`);
        broken++;
      }
    }),
    { numRuns: runs },
  );
  t.ok(broken > 10, `${broken} lost modes`);
});
