/** Paths are bytes: whatever a name holds, its text leads back to it, and people are shown escapes. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { SnapshotTaker } from '../../harness/capture/snapshot.js';
import { LocalTree } from '../../harness/judge/local-tree.js';
import { observedFinding } from '../../harness/judge/observed-finding.js';
import {
  displayPath,
  displayText,
  onDisk,
  pathBytes,
  pathText,
  toBytePath,
} from '../../harness/syscalls/byte-path.js';

t.test('any bytes, as text and back', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (array) => {
      const bytes = Buffer.from(array);
      const text = pathText(bytes);
      t.ok(pathBytes(toBytePath(text)).equals(bytes), JSON.stringify(text));
      t.equal(pathText(pathBytes(toBytePath(JSON.parse(JSON.stringify(text))))), text, 'through a trace');
    }),
  );
  t.equal(pathText(Buffer.from('größe 😀 \ufffd')), 'größe 😀 \ufffd', 'UTF-8 is left alone');
  t.equal(pathText(Buffer.from('caf\xe9', 'latin1')), 'caf\udce9');
  t.equal(displayText('caf\udce9 is missing'), 'caf\\xe9 is missing');
  t.equal(onDisk('/w', 'a/é'), '/w/a/é');
});

t.test('a name that is not UTF-8 is in the snapshot, and looked at after recovery', async (t) => {
  const folder = t.testdir({});
  const directory = Buffer.concat([Buffer.from(`${folder}/d`), Buffer.from([0xff])]);
  mkdirSync(directory);
  writeFileSync(Buffer.concat([directory, Buffer.from('/caf'), Buffer.from([0xe9])]), 'kept');
  const taker = new SnapshotTaker(folder, { add: ({ length }: Buffer) => ({ offset: 0, length }) } as never);
  const paths = [...taker.take().tree.keys()];
  t.same(paths, ['d\udcff', 'd\udcff/caf\udce9']);
  const tree = new LocalTree(folder);
  t.match(tree.lookInto('d\udcff/caf\udce9', { lengthBytes: 4, whole: true }), { type: 'file', size: 4 });
  t.throws(() => tree.look('d\udcff/caf'), { code: 'ENOENT' });
  t.equal(readdirSync(folder).length, 1);
});

t.test('both engines name it alike', async (t) => {
  const seen = {
    id: 'F1',
    storage: 'ext4',
    lost: ['caf\udce9 is missing'],
    property: 'caf\udce9 survives',
    crash_point: null,
    cause: [],
    fix: null,
    reproduce: '',
  };
  const problem = {
    outcome: 'violation',
    kind: 'durability',
    path: 'caf\udce9',
    promise: 'p',
    failure: 'missing',
  };
  const finding = observedFinding({ ...problem, detail: '' } as never, ['caf\udce9'], seen);
  t.match(finding, { lost: ['caf\\xe9 is missing'], property: 'caf\\xe9 survives' });
  t.same(finding.paths, [displayPath(Buffer.from('caf\xe9', 'latin1').toString('latin1'))]);
});
