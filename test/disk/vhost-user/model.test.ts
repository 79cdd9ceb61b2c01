import fc from 'fast-check';
import t from 'tap';
import { applyTo, bytesOf, type Step, steps } from '../device-steps.js';
import { type RawMachine, u32s, u64s } from './raw-machine.js';
import { ServedDisk } from './served-disk.js';

const sectors = 64;
const served = new ServedDisk({ sizeBytes: sectors * 512 });
t.teardown(() => served.stop());

/** A length in two, both whole sectors where it can be. */
function halves(lengthBytes: number): [number, number] {
  const first = Math.ceil(lengthBytes / 1024) * 512;
  return [first, lengthBytes - first];
}

function perform(
  machine: RawMachine,
  step: Step,
  options: { indirect: boolean; split: boolean },
): Buffer | null {
  const cut = (bytes: Buffer): Buffer[] => {
    const [first, rest] = halves(bytes.length);
    return options.split && rest > 0 ? [bytes.subarray(0, first), bytes.subarray(first)] : [bytes];
  };
  const range = (): Buffer => {
    const { sector, count } = step as Extract<Step, { sector: number }>;
    return Buffer.concat([u64s(sector), u32s(count, 0)]);
  };
  switch (step.do) {
    case 'read': {
      const [first, rest] = halves(step.count * 512);
      const parts = options.split && rest > 0 ? [first, rest] : [step.count * 512];
      return machine.do(0, step.sector, parts, options).data;
    }
    case 'write':
      machine.do(1, step.sector, cut(bytesOf(step)), options);
      return null;
    case 'zero':
      machine.do(13, 0, [range()], options);
      return null;
    case 'discard':
      machine.do(11, 0, [range()], options);
      return null;
    case 'flush':
      machine.do(4, 0, [], options);
      return null;
  }
}

t.test('sequences of requests act as on a buffer, whatever features are agreed on', (t) => {
  fc.assert(
    fc.property(
      steps(sectors, 16),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(~0n, ~(1n << 29n)),
      (list, indirect, split, features) => {
        const machine = served.machine();
        try {
          machine.begin(features);
          const model = Buffer.from(served.disk.content);
          for (const step of list) {
            const found = perform(machine, step, { indirect, split });
            applyTo(model, step);
            if (step.do !== 'read') continue;
            const wanted = model.subarray(step.sector * 512, (step.sector + step.count) * 512);
            if (!found!.equals(wanted)) throw new Error(`read of ${step.sector}+${step.count} differs`);
          }
          if (!served.disk.content.equals(model)) throw new Error('the content differs');
        } finally {
          machine.close();
        }
      },
    ),
    { numRuns: 300 },
  );
  t.same(served.faults, []);
  t.same(served.refusals, []);
  t.end();
});
