import fc from 'fast-check';

/** Ways to spoil bytes, each a small change: what is almost right goes deepest into a parser. */
type Mutation =
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'set'; at: number; bytes: Buffer }
  | { kind: 'truncate'; at: number }
  | { kind: 'insert'; at: number; bytes: Buffer }
  | { kind: 'repeat'; at: number; lengthBytes: number };

/** Up to `maxMutations` changes; places are counted modulo the length, so every change finds one. */
export function mutations(maxMutations: number): fc.Arbitrary<(bytes: Buffer) => Buffer> {
  const at = fc.nat();
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
  const mutation: fc.Arbitrary<Mutation> = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at, bit: fc.nat({ max: 7 }) }),
    fc.record({ kind: fc.constant('set' as const), at, bytes: fc.oneof(bytes, extremeNumber) }),
    fc.record({ kind: fc.constant('truncate' as const), at }),
    fc.record({ kind: fc.constant('insert' as const), at, bytes }),
    fc.record({ kind: fc.constant('repeat' as const), at, lengthBytes: fc.nat({ max: 64 }) }),
  );
  return fc
    .array(mutation, { maxLength: maxMutations })
    .map((list) => (original: Buffer) => list.reduce(apply, Buffer.from(original)));
}

/** Numbers at which lengths, counts and offsets overflow, in either byte order. */
export const extremeNumber: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom(
      0n,
      1n,
      511n,
      512n,
      1n << 31n,
      (1n << 32n) - 1n,
      1n << 53n,
      1n << 55n,
      1n << 63n,
      (1n << 64n) - 1n,
    ),
    fc.boolean(),
  )
  .map(([number, isLittle]) => {
    const bytes = Buffer.alloc(8);
    if (isLittle) bytes.writeBigUInt64LE(number);
    else bytes.writeBigUInt64BE(number);
    return bytes;
  });

function apply(bytes: Buffer, mutation: Mutation): Buffer {
  const at = bytes.length === 0 ? 0 : mutation.at % bytes.length;
  switch (mutation.kind) {
    case 'flip':
      if (bytes.length > 0) bytes[at]! ^= 1 << mutation.bit;
      return bytes;
    case 'set':
      mutation.bytes.copy(bytes, at);
      return bytes;
    case 'truncate':
      return bytes.subarray(0, at);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), mutation.bytes, bytes.subarray(at)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at + mutation.lengthBytes), bytes.subarray(at)]);
  }
}
