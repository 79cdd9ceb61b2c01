/** Each rule with a pair of controls: what keeps it, and what breaks it, by its name. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkTree } from '../../harness/judge/check-tree.js';
import type { Obligation } from '../../harness/judge/obligation.js';
import { LocalTree } from '../../harness/judge/recovered-tree.js';
import type { TreeEntry } from '../../harness/trace/events.js';

const contents = new Map<TreeEntry, Buffer>();
let clock = 0;

function file(path: string, content: string | Buffer, mode = 0o644): TreeEntry {
  const bytes = Buffer.from(content);
  const entry: TreeEntry = { path, type: 'file', ino: 1, mode, size: bytes.length, ctime_ns: `${++clock}` };
  contents.set(entry, bytes);
  return entry;
}
const folder = (path: string): TreeEntry => ({
  path,
  type: 'directory',
  ino: 2,
  mode: 0o755,
  size: 0,
  ctime_ns: '0',
});
const link = (path: string, target: string): TreeEntry => ({
  path,
  type: 'symlink',
  ino: 3,
  mode: 0o777,
  size: 0,
  ctime_ns: '0',
  target,
});

function contentOf(entry: TreeEntry): Buffer {
  // A moved entry is a copy under another name.
  for (const [known, bytes] of contents)
    if (known === entry || known.ctime_ns === entry.ctime_ns) return bytes;
  throw new Error(`nobody recorded ${entry.path}`);
}

/** What is said of a recovered directory made by `make`: `outcome failure`, or `kept`. */
function judged(obligation: Obligation, make: (at: (path: string) => string) => void): string {
  const root = mkdtempSync(join(tmpdir(), 'plugpull-tree-'));
  try {
    make((path) => join(root, path));
    const problems = checkTree(new LocalTree(root), [obligation], contentOf);
    return problems.map(({ outcome, kind, failure }) => `${outcome} ${kind} ${failure}`).join() || 'kept';
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

type Make = (at: (path: string) => string) => void;
const holding =
  (content: string | Buffer, path = 'f', mode = 0o644): Make =>
  (at) => {
    writeFileSync(at(path), content);
    chmodSync(at(path), mode);
  };
const nothing: Make = () => {};
const lostContents: [Make, string][] = [
  [nothing, 'missing'],
  [holding(''), 'empty'],
  [holding('12345'), 'short'],
  [holding('12345\0\0\0\0'), 'zeros'],
  [holding('123456780'), 'different'],
  [holding(Buffer.alloc(9)), 'zeros'],
  [(at) => mkdirSync(at('f')), 'wrong type'],
  [(at) => symlinkSync('elsewhere', at('f')), 'wrong type'],
];

t.test('unchanged', async (t) => {
  const obligation: Obligation = { rule: 'unchanged', entry: file('f', '123456789') };
  t.equal(judged(obligation, holding('123456789')), 'kept');
  for (const [make, failure] of lostContents)
    t.equal(judged(obligation, make), `violation durability ${failure}`);
  t.equal(
    judged(obligation, holding('1234567890')),
    'violation durability different',
    'something more than was acked',
  );
  t.equal(
    judged(obligation, holding('123456789', 'f', 0o600)),
    'violation durability different',
    'another mode',
  );
  const deep: Obligation = { rule: 'unchanged', entry: file('a/b/f', 'x') };
  t.equal(judged(deep, nothing), 'violation durability missing');
  t.equal(
    judged(deep, (at) => writeFileSync(at('a'), '')),
    'violation durability missing',
    'a file where a folder was',
  );
  const empty: Obligation = { rule: 'unchanged', entry: file('f', '') };
  t.equal(judged(empty, holding('')), 'kept');
  t.equal(judged(empty, holding('x')), 'violation durability different');
  t.equal(judged(empty, nothing), 'violation durability missing');
});

t.test('unchanged: folders and links', async (t) => {
  const directory: Obligation = { rule: 'unchanged', entry: folder('d') };
  t.equal(
    judged(directory, (at) => mkdirSync(at('d'))),
    'kept',
  );
  t.equal(judged(directory, nothing), 'violation durability missing');
  t.equal(judged(directory, holding('', 'd')), 'violation durability wrong type');
  const symlink: Obligation = { rule: 'unchanged', entry: link('l', 'target') };
  t.equal(
    judged(symlink, (at) => symlinkSync('target', at('l'))),
    'kept',
  );
  t.equal(
    judged(symlink, (at) => symlinkSync('other', at('l'))),
    'violation durability different',
  );
  t.equal(judged(symlink, holding('target', 'l')), 'violation durability wrong type');
  t.equal(judged(symlink, nothing), 'violation durability missing');
});

t.test('extended', async (t) => {
  const obligation: Obligation = { rule: 'extended', entry: file('f', '123456789'), certain: true };
  t.equal(judged(obligation, holding('123456789')), 'kept');
  t.equal(judged(obligation, holding('123456789 and more')), 'kept');
  t.equal(judged(obligation, holding('123456789\0\0\0\0')), 'kept', 'what was never acked may be anything');
  t.equal(judged(obligation, holding('123456789', 'f', 0o600)), 'kept', 'the mode may have changed with it');
  for (const [make, failure] of lostContents)
    t.equal(judged(obligation, make), `violation durability ${failure}`);
  t.equal(
    judged(obligation, holding('12345\0\0\0\0 and more')),
    'violation durability zeros',
    'a hole before the end',
  );
});

t.test('exists', async (t) => {
  const obligation: Obligation = { rule: 'exists', entry: file('f', '123456789'), certain: true };
  for (const content of ['123456789', '', 'anything']) t.equal(judged(obligation, holding(content)), 'kept');
  t.equal(judged(obligation, nothing), 'violation durability missing');
  t.equal(
    judged(obligation, (at) => mkdirSync(at('f'))),
    'violation durability wrong type',
  );
});

t.test('what the workload did in between is not fully known: unknown instead of an accusation', async (t) => {
  const entry = file('f', '123456789');
  for (const obligation of [
    { rule: 'extended', entry, certain: false },
    { rule: 'exists', entry, certain: false },
    { rule: 'moved', entry, to: 'new', certain: false },
  ] as const) {
    t.equal(judged(obligation, nothing), 'unknown durability missing', obligation.rule);
    t.equal(judged(obligation, holding('123456789')), 'kept', obligation.rule);
  }
});

t.test('replaced', async (t) => {
  const old = file('f', '123456789');
  const replacement = file('f', 'version two');
  const obligation = (versions: number | null, removed = false): Obligation => ({
    rule: 'replaced',
    old,
    new: replacement,
    versions,
    removed,
  });
  for (const versions of [0, 1, 2, null]) {
    t.equal(judged(obligation(versions), holding('123456789')), 'kept');
    t.equal(judged(obligation(versions), holding('version two')), 'kept');
    t.equal(
      judged(obligation(versions), nothing),
      'violation durability missing',
      'a name that was never taken away',
    );
    t.equal(judged(obligation(versions, true), nothing), 'kept', 'it was removed in between');
    const outcome = versions === null || versions > 1 ? 'unknown' : 'violation';
    for (const [make, failure] of lostContents.slice(1)) {
      t.equal(judged(obligation(versions), make), `${outcome} durability ${failure}`, `${versions} versions`);
    }
  }
});

t.test('moved', async (t) => {
  const obligation: Obligation = { rule: 'moved', entry: file('old', '123456789'), to: 'new', certain: true };
  t.equal(judged(obligation, holding('123456789', 'old')), 'kept');
  t.equal(judged(obligation, holding('123456789', 'new')), 'kept');
  t.equal(judged(obligation, nothing), 'violation durability missing');
  t.equal(judged(obligation, holding('', 'new')), 'violation durability missing');
  t.equal(
    judged(obligation, (at) => {
      holding('', 'old')(at);
      holding('123456789', 'new')(at);
    }),
    'kept',
  );
});

t.test('atomic', async (t) => {
  const old = file('f', '123456789');
  const replacement = file('f', 'version two');
  const atomic = (from: TreeEntry | null, to: TreeEntry | null, versions: number | null): Obligation => ({
    rule: 'atomic',
    path: 'f',
    old: from,
    new: to,
    versions,
  });
  for (const versions of [0, 1]) {
    const obligation = atomic(old, replacement, versions);
    t.equal(judged(obligation, holding('123456789')), 'kept');
    t.equal(judged(obligation, holding('version two')), 'kept');
    for (const [make, failure] of lostContents)
      t.equal(judged(obligation, make), `violation atomicity ${failure}`);
  }
  for (const versions of [2, null]) {
    const obligation = atomic(old, replacement, versions);
    t.equal(
      judged(obligation, nothing),
      'violation atomicity missing',
      'however many versions, one is there',
    );
    t.equal(judged(obligation, holding('third')), 'unknown atomicity short');
    t.equal(judged(obligation, holding('version two')), 'kept');
  }
  const created = atomic(null, replacement, 1);
  t.equal(judged(created, nothing), 'kept', 'not there yet');
  t.equal(judged(created, holding('version two')), 'kept');
  t.equal(judged(created, holding('')), 'violation atomicity empty');
  t.equal(judged(created, holding(Buffer.alloc(11))), 'violation atomicity zeros');
  const removed = atomic(old, null, 0);
  t.equal(judged(removed, nothing), 'kept');
  t.equal(judged(removed, holding('123456789')), 'kept');
  t.equal(judged(removed, holding('1234')), 'violation atomicity short');
  t.equal(
    judged(atomic(old, null, 1), holding('1234')),
    'unknown atomicity short',
    'the one version in between is gone',
  );
  const never = atomic(null, null, 0);
  t.equal(judged(never, nothing), 'kept');
  t.equal(judged(atomic(null, null, 1), nothing), 'kept');
  t.equal(
    judged(atomic(null, null, 1), holding('x')),
    'unknown atomicity different',
    'it may be the one that came and went',
  );
});

t.test('a content that cannot be looked up is a fault, not a verdict', async (t) => {
  const entry: TreeEntry = { path: 'f', type: 'file', ino: 1, mode: 0o644, size: 77, ctime_ns: '-1' };
  t.throws(() => judged({ rule: 'unchanged', entry }, holding('x')), /nobody recorded f/);
});
