import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { modelNames, modelsDescribing, persistenceModel } from '../../harness/model/model-catalogue.js';
import { persistenceModelSchema } from '../../harness/model/persistence-model.js';

t.test('every built-in model fits the schema, and every property names its source', async (t) => {
  for (const name of modelNames)
    t.strictSame(persistenceModelSchema.parse(persistenceModel(name)), persistenceModel(name), name);
});

t.test('a model file extends a built-in model', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-model-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'mine.yaml');
  writeFileSync(
    file,
    `extends: posix
name: mine
description: a file system whose fsync takes the name along
sync:
  fsync: {covers: [data, size, attributes, names], source: measured}
`,
  );
  const model = persistenceModel(file);
  t.strictSame(model.sync.fsync.covers, ['data', 'size', 'attributes', 'names']);
  t.equal(model.sync.fsync.reaches, 'medium');
  t.strictSame(model.sync.fdatasync, persistenceModel('posix').sync.fdatasync);
  writeFileSync(file, 'extends: posix\nsync:\n  fsync: {covers: [luck], source: hope}\n');
  t.throws(() => persistenceModel(file), { message: /sync\.fsync\.covers\.0/, exitCode: 64 });
  t.throws(() => persistenceModel('ext5'), { message: /expected one of posix/, exitCode: 64 });
  t.throws(() => persistenceModel(join(folder, 'none.yaml')), { message: /cannot read/, exitCode: 64 });
});

t.test('which models speak of a storage', async (t) => {
  const named = (
    fs: string,
    options: string[],
    others: string[] = [],
    features = ['has_journal'],
  ): string[] => modelsDescribing({ fs, options, features }, others).map(({ name }) => name);
  t.strictSame(named('ext4', []), ['linux-ext4-ordered']);
  t.strictSame(named('ext3', ['noatime']), ['linux-ext4-ordered']);
  t.strictSame(named('ext4', ['noatime', 'data=writeback']), ['linux-ext4-writeback']);
  t.strictSame(named('ext4', [], [], ['extent']), ['ext2'], 'as it was made, whatever was asked of mkfs');
  t.strictSame(named('ext3', [], [], []), ['ext2']);
  t.strictSame(named('ext2', ['sync']), ['ext2-sync']);
  t.strictSame(named('xfs', [], ['posix', 'btrfs']), ['xfs'], 'what a program may rely on is no description');
  t.strictSame(named('zfs', []), []);
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-model-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, 'extends: xfs\nname: mine\n');
  t.strictSame(named('xfs', [], [file]), ['xfs', 'mine'], 'a model that extends one describes the same');
  t.strictSame(named('btrfs', [], [file]), ['btrfs']);
});
