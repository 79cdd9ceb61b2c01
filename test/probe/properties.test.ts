/** What each property says to trees that are right, and to trees that are not. */
import t from 'tap';
import { treeOf as logicalTree } from '../../harness/model/logical-state.js';
import { historyOf } from '../../harness/probe/executor/call-history.js';
import { treeOf } from '../../harness/probe/judge/storage-oracle.js';
import { properties, propertyNamed } from '../../harness/probe/properties/catalogue.js';
import { tasksOf } from '../../harness/probe/properties/measure-storage.js';
import type { PropertyWorkload } from '../../harness/probe/properties/property.js';
import { Shown } from '../../harness/probe/properties/shown.js';
import type { FoundNode } from '../../harness/probe/resident/messages.js';
import { bytesOf } from '../../harness/probe/workload/bytes.js';
import { printWorkload, type Workload } from '../../harness/probe/workload/workload.js';
import { emptyRoot } from './found-nodes.js';

/** What a program sees before each operation of the body, and behind the last. */
function versionsOf({ setup, body }: Workload): Shown[] {
  const writers = printWorkload({ setup: [], body: [...setup, ...body] });
  const all = { setup: [], body: [...setup, ...body] };
  return Array.from({ length: body.length + 1 }, (_, done) => {
    const { history } = historyOf(all, treeOf([emptyRoot]).nodes, setup.length + done);
    return new Shown({ nodes: logicalTree(history.root), unreadable: new Map() }, writers);
  });
}

function breach({ workload, breach }: PropertyWorkload, nodes: FoundNode[]): string | null {
  const writers = printWorkload({ setup: [], body: [...workload.setup, ...workload.body] });
  return breach(new Shown(treeOf([emptyRoot, ...nodes]), writers), versionsOf(workload));
}

function file(path: string, ...parts: Buffer[]): FoundNode {
  const content = Buffer.concat(parts).toString('base64');
  return { ...emptyRoot, path, kind: 'file', identity: path.charCodeAt(0), links: 1, content };
}

const zeros = (length: number): Buffer => Buffer.alloc(length);

t.test('a program that sees everything, at any moment, sees no breach', async (t) => {
  let asked = 0;
  for (const { name, workloads } of properties) {
    for (const { workload, breach } of workloads) {
      const versions = versionsOf(workload);
      // In between, truncated, is what the program itself must not be caught at.
      const seen = name === 'truncate-and-rewrite' ? [versions[0]!, versions.at(-1)!] : versions;
      for (const shown of seen) {
        t.equal(breach(shown, versions), null, `${name}: ${printWorkload(workload).join('; ')}`);
        asked++;
      }
    }
  }
  t.ok(asked > 150, `${asked} trees`);
});

t.test('each kind of breach is seen, and said', async (t) => {
  // By line: the bytes that operation wrote.
  const old = bytesOf(1, 0, 4096);
  const cases: [string, number, FoundNode[], string][] = [
    ['sector-overwrite', 0, [file('a', old.subarray(0, 512), zeros(512), old.subarray(1024))], '512 zeros'],
    [
      'block-overwrite',
      0,
      [file('a', bytesOf(2, 0, 512), old.subarray(512))],
      '512 of the second write a 0 4096',
    ],
    [
      'blocks-overwrite',
      0,
      [file('a', bytesOf(2, 0, 4096), bytesOf(1, 4096, 8192))],
      '8192 of the first write a 0 12288',
    ],
    ['sector-append', 0, [file('a', old, zeros(512))], 'a (4608 bytes: 4096 of write a 0 4096, 512 zeros)'],
    ['block-append', 0, [file('a', old, bytesOf(2, 4096, 512))], '512 of write a 4096 4096'],
    ['blocks-append', 0, [file('a', old, bytesOf(2, 4096, 4096))], '4096 of write a 4096 12288'],
    ['size-after-data', 2, [file('a', old, Buffer.alloc(4096, 0xf7))], '4096 that nobody wrote'],
    ['directory-operation', 0, [file('a', old), file('b', old)], 'a (4096 bytes'],
    ['directory-operation', 0, [], 'nothing'],
    [
      'overwrite-before-others',
      0,
      [file('a', old), file('b', bytesOf(5, 0, 4096))],
      'b (4096 bytes: 4096 of the second write b 0 4096), a',
    ],
    ['append-before-others', 2, [file('a', old), file('b', bytesOf(3, 0, 4096)), file('d')], 'd (empty)'],
    ['truncation-before-others', 4, [file('a', old)], 'no b, a (4096'],
    ['names-before-others', 2, [file('a', old), file('b', bytesOf(3, 0, 4096)), file('d')], 'no c'],
    ['append-before-rename', 0, [file('b', old)], 'b (4096 bytes'],
    ['two-appends', 1, [file('a', old, zeros(4096), bytesOf(3, 8192, 4096))], '4096 zeros'],
    ['truncate-and-rewrite', 0, [file('a')], 'a (empty)'],
    ['replace-by-rename', 0, [file('a')], 'a (empty)'],
    ['create-by-rename', 0, [file('b', zeros(4096))], '4096 zeros'],
  ];
  for (const [name, nth, nodes, said] of cases) {
    const asked = propertyNamed(name).workloads[nth]!;
    const text = breach(asked, nodes) ?? 'no breach';
    t.ok(text.includes(said), `${name}: ${printWorkload(asked.workload).join('; ')}: ${text}`);
  }
  t.same(
    properties.filter(({ name }) => !cases.some(([known]) => known === name)),
    [],
    'none of the catalogue is left out',
  );
});

t.test('fewer of the bytes are a beginning, and no breach of what says so', async (t) => {
  const old = bytesOf(1, 0, 4096);
  const asked = propertyNamed('size-after-data').workloads[2]!;
  t.equal(breach(asked, [file('a', old, bytesOf(2, 4096, 4096))]), null);
  t.match(breach(asked, [file('a', old.subarray(0, 512))]), /512 of/, 'less than was there is none');
});

t.test('what differs under no schedule is recorded once', async (t) => {
  const tasks = tasksOf([propertyNamed('directory-operation'), propertyNamed('two-appends')]);
  const schedules = (name: string) => [
    ...new Set(tasks.filter(({ property }) => property === name).map(({ schedule }) => schedule)),
  ];
  t.same(schedules('directory-operation'), ['prompt', 'commits']);
  t.same(schedules('two-appends'), ['prompt', 'commits', 'overtaking', 'backwards']);
});

t.test('a property that is none is refused with those that are', async (t) => {
  t.throws(() => propertyNamed('rename'), /--property: expected one of sector-overwrite, .*, got rename/);
});
