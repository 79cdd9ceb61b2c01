import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { SparseImage } from '../../harness/disk/sparse-image.js';
import { applyTo, bytesOf, steps } from './device-steps.js';

/** Two chunks of 64 KiB and a part of one. */
const sectors = 2 * 128 + 9;

t.test('content now, and content at the last checkpoint', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'base.img');
  const property = fc.property(steps(sectors, 150), (steps) => {
    const image = new SparseImage(sectors * 512);
    const model = Buffer.alloc(sectors * 512);
    let before = Buffer.from(model);
    for (const step of steps) {
      if (step.do === 'read') {
        const found = Buffer.alloc(step.count * 512, 0xee);
        image.read(step.sector * 512, found);
        if (!found.equals(model.subarray(step.sector * 512, (step.sector + step.count) * 512)))
          throw new Error('read');
        continue;
      }
      applyTo(model, step);
      if (step.do === 'flush') {
        image.checkpoint();
        before = Buffer.from(model);
      } else if (step.do === 'write') image.write(step.sector * 512, bytesOf(step));
      else image.zero(step.sector * 512, step.count * 512);
    }
    image.saveCheckpoint(path);
    if (!readFileSync(path).equals(before)) throw new Error('the checkpoint');
    const found = Buffer.alloc(sectors * 512);
    image.read(0, found);
    if (!found.equals(model)) throw new Error('saving it changed the content');
  });
  fc.assert(property, { numRuns: 120 });
  t.pass();
});

t.test('a large image takes the room of what was written', async (t) => {
  const path = join(t.testdir(), 'base.img');
  const image = new SparseImage(2 ** 32);
  image.write(2 ** 31, Buffer.alloc(512, 1));
  image.zero(0, 2 ** 30);
  image.checkpoint();
  image.saveCheckpoint(path);
  const { size, blocks } = statSync(path);
  t.equal(size, 2 ** 32);
  t.ok(blocks * 512 < 1024 * 1024, `${blocks} blocks`);
});

t.test('an image file is taken over as it is', async (t) => {
  const folder = t.testdir();
  const from = join(folder, 'from.img');
  const content = Buffer.alloc(sectors * 512);
  content.write('in the first chunk', 512);
  content.write('in the last, shorter one', 2 * 65536 + 512);
  writeFileSync(from, content);
  const image = new SparseImage(sectors * 512);
  image.load(from);
  const found = Buffer.alloc(content.length);
  image.read(0, found);
  t.ok(found.equals(content));
  image.write(0, Buffer.from('x'.repeat(512)));
  image.saveCheckpoint(join(folder, 'saved.img'));
  t.ok(readFileSync(join(folder, 'saved.img')).equals(content), 'and is the checkpoint');
});
