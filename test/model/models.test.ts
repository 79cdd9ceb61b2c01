import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { modelNames, persistenceModel } from '../../harness/model/model-catalogue.js';
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
