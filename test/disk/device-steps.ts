/** Random use of a small block device, and the plain buffer that says what it should hold. */
import fc from 'fast-check';

export type Step =
  | { do: 'read'; sector: number; count: number }
  | { do: 'write'; sector: number; count: number; fill: number; fua: boolean }
  | { do: 'zero'; sector: number; count: number; fua: boolean }
  | { do: 'discard'; sector: number; count: number }
  | { do: 'flush' };

export const steps = (sectors: number, maxCount: number): fc.Arbitrary<Step[]> => {
  const range = fc
    .record({ sector: fc.nat({ max: sectors - 1 }), count: fc.integer({ min: 1, max: maxCount }) })
    .map(({ sector, count }) => ({ sector, count: Math.min(count, sectors - sector) }));
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: range.map((r) => ({ do: 'read' as const, ...r })) },
      {
        weight: 5,
        arbitrary: fc
          .tuple(range, fc.integer({ min: 1, max: 255 }), fc.boolean())
          .map(([r, fill, fua]) => ({ do: 'write' as const, ...r, fill, fua })),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(range, fc.boolean()).map(([r, fua]) => ({ do: 'zero' as const, ...r, fua })),
      },
      { weight: 1, arbitrary: range.map((r) => ({ do: 'discard' as const, ...r })) },
      { weight: 2, arbitrary: fc.constant({ do: 'flush' as const }) },
    ),
    { maxLength: 25 },
  );
};

/** Every byte of the write differs from its neighbours, so that a shifted copy shows. */
export function bytesOf({ sector, count, fill }: { sector: number; count: number; fill: number }): Buffer {
  return Buffer.from(Array.from({ length: count * 512 }, (_, i) => (fill + sector + i * 7) & 0xff));
}

export function applyTo(content: Buffer, step: Step): void {
  if (step.do === 'write') bytesOf(step).copy(content, step.sector * 512);
  else if (step.do === 'zero' || step.do === 'discard') {
    content.fill(0, step.sector * 512, (step.sector + step.count) * 512);
  }
}
