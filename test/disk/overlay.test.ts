import fc from 'fast-check';
import t from 'tap';
import { OverlayDevice } from '../../harness/disk/overlay.js';
import { applyTo, bytesOf, steps } from './device-steps.js';

const sectors = 40;

t.test('reads what was written, else what lies below, and leaves that alone', async (t) => {
  const property = fc.property(steps(sectors, 20), fc.boolean(), (steps, keepOperations) => {
    const below = Buffer.from(Array.from({ length: sectors * 512 }, (_, i) => (i * 13) & 0xff));
    const pristine = Buffer.from(below);
    const model = Buffer.from(below);
    const written = new Set<number>();
    const overlay = new OverlayDevice(
      {
        read(offset, into) {
          for (let i = 0; i < into.length; i += 512) {
            if (written.has((offset + i) / 512))
              throw new Error(`sector ${(offset + i) / 512} was asked for below`);
          }
          below.copy(into, 0, offset, offset + into.length);
        },
      },
      below.length,
      { keepOperations },
    );
    const done: string[] = [];
    for (const step of steps) {
      if (step.do === 'read') {
        const found = Buffer.alloc(step.count * 512, 0xee);
        overlay.read(step.sector * 512, found);
        if (!found.equals(model.subarray(step.sector * 512, (step.sector + step.count) * 512)))
          throw new Error('read');
        continue;
      }
      applyTo(model, step);
      if (step.do === 'flush') {
        overlay.flush();
        done.push('flush');
        continue;
      }
      const at = step.sector * 512;
      if (step.do === 'write') {
        const data = bytesOf(step);
        overlay.write(at, data);
        data.fill(0xdd); // Only valid during the call.
      } else if (step.do === 'zero') overlay.writeZeroes(at, step.count * 512);
      else overlay.discard(at, step.count * 512);
      for (let i = 0; i < step.count; i++) written.add(step.sector + i);
      done.push(`write ${at}+${step.count * 512}`);
    }
    const all = Buffer.alloc(below.length);
    overlay.read(0, all);
    if (!all.equals(model)) throw new Error('the content at the end');
    if (!below.equals(pristine)) throw new Error('the image below changed');
    if (!keepOperations) {
      if (overlay.operations !== null) throw new Error('operations were kept');
      return;
    }
    const kept = overlay.operations!;
    const told = kept.map(({ kind, byteOffset, data }) =>
      kind === 'flush' ? kind : `write ${byteOffset}+${data.length}`,
    );
    if (told.join() !== done.join()) throw new Error(`operations ${told}`);
    const replayed = Buffer.from(pristine);
    for (const { kind, byteOffset, data } of kept) if (kind === 'write') data.copy(replayed, byteOffset);
    if (!replayed.equals(model)) throw new Error('the operations lead elsewhere');
  });
  fc.assert(property, { numRuns: 300 });
  t.pass();
});

t.test('zeros over more than a megabyte', async (t) => {
  const size = 3 * 1024 * 1024 + 512;
  const overlay = new OverlayDevice({ read: (_, into) => into.fill(7) }, size, { keepOperations: false });
  overlay.writeZeroes(512, size - 1024);
  const found = Buffer.alloc(size);
  overlay.read(0, found);
  t.ok(found.subarray(0, 512).every((byte) => byte === 7));
  t.ok(found.subarray(512, size - 512).every((byte) => byte === 0));
  t.ok(found.subarray(size - 512).every((byte) => byte === 7));
});
