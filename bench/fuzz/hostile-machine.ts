import fc from 'fast-check';
import { guestBase, memoryBytes, queueSize, ring, userBase } from '../../test/disk/vhost-user/raw-machine.js';
import { extremeNumber } from './mutation.js';

/** The disk that hostile machines are made for; what they ask gathers around its limits. */
export const attackedDisk = { sizeBytes: 64 * 1024 };

/** One thing that a hostile machine does. */
export type Misdeed =
  /** A message, sound or not, with descriptors of these kinds. */
  | { do: 'say'; which: number; payload: Buffer; flags: number; lengthBytes: number; passes: Passed[] }
  /** A request that is well made; what it asks for need not be. */
  | { do: 'request'; type: number; sector: bigint; parts: (Buffer | number)[]; indirect: boolean }
  /** Descriptors of any content, the first of them made available. */
  | {
      do: 'chain';
      descriptors: { address: bigint; length: number; flags: number; next: number }[];
      head: number;
    }
  /** Bytes over the rings, or the requests in them. */
  | { do: 'scribble'; at: number; bytes: Buffer }
  | { do: 'kick' };

export type Passed = 'memory' | 'event' | 'empty file' | 'pipe';

export interface HostileMachine {
  /** Whether it first does all that a sound one does. */
  begins: boolean;
  misdeeds: Misdeed[];
}

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const nearbySector = fc.oneof(
  { arbitrary: fc.nat({ max: attackedDisk.sizeBytes / 512 + 1 }).map(BigInt), weight: 5 },
  extremeNumber.map((bytes) => bytes.readBigUInt64LE()),
);
const requestType = fc.oneof(
  { arbitrary: fc.constantFrom(0, 0, 1, 1, 1, 4, 8, 11, 13), weight: 8 },
  fc.integer({ min: 0, max: 20 }),
  u32,
);
const lengthInSectors = fc.integer({ min: 1, max: 16 }).map((count) => count * 512);
const anyLength = fc.oneof({ arbitrary: lengthInSectors, weight: 5 }, fc.nat({ max: 5000 }));
const ranges = fc
  .array(fc.tuple(nearbySector, fc.oneof(fc.nat({ max: 140 }), u32), fc.constantFrom(0, 0, 1, 2)), {
    maxLength: 3,
  })
  .map((list) =>
    Buffer.concat(
      list.map(([sector, count, flags]) => {
        const bytes = Buffer.alloc(16);
        bytes.writeBigUInt64LE(sector);
        bytes.writeUInt32LE(count, 8);
        bytes.writeUInt32LE(flags, 12);
        return bytes;
      }),
    ),
  );
const part = fc.oneof(
  { arbitrary: anyLength, weight: 3 },
  { arbitrary: anyLength.map((length) => Buffer.alloc(length, 0xa5)), weight: 3 },
  ranges,
);

/** What a machine in its right mind asks for: without these, hostile ones would only ever meet a fresh disk. */
const sound: fc.Arbitrary<Misdeed> = fc
  .record({
    type: fc.constantFrom(0, 1),
    sector: fc.nat({ max: 80 }).map(BigInt),
    lengths: fc.array(lengthInSectors, { minLength: 1, maxLength: 3 }),
    indirect: fc.boolean(),
  })
  .map(({ type, sector, lengths, indirect }) => ({
    do: 'request' as const,
    type,
    sector,
    parts: lengths.map((length) => (type === 0 ? length : Buffer.alloc(length, 0x5a))),
    indirect,
  }));

const asked: fc.Arbitrary<Misdeed> = fc
  .record({
    type: requestType,
    sector: nearbySector,
    parts: fc.array(part, { maxLength: 5 }),
    indirect: fc.boolean(),
  })
  .map((request) => ({ do: 'request' as const, ...request }));

const address = fc.oneof(
  { arbitrary: fc.nat({ max: memoryBytes }).map((at) => BigInt(guestBase + at)), weight: 6 },
  fc.constantFrom(0n, BigInt(guestBase + memoryBytes - 1), BigInt(guestBase - 1), BigInt(userBase)),
  extremeNumber.map((bytes) => bytes.readBigUInt64LE()),
);
const descriptor = fc.record({
  address,
  length: fc.oneof({ arbitrary: fc.nat({ max: 4096 }), weight: 5 }, fc.constantFrom(16, 1, 0), u32),
  flags: fc.oneof({ arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 5), weight: 8 }, fc.nat({ max: 0xffff })),
  next: fc.oneof({ arbitrary: fc.nat({ max: queueSize - 1 }), weight: 6 }, fc.nat({ max: 0xffff })),
});

const payload = fc.oneof(
  extremeNumber,
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.constantFrom(0, 0, 1, 0x100), fc.oneof(fc.nat({ max: 300 }), u32)).map(([index, number]) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(index);
    bytes.writeUInt32LE(number, 4);
    return bytes;
  }),
  // Tables of memory and addresses of rings: what leads deepest.
  fc
    .array(
      fc.oneof(
        address,
        extremeNumber.map((bytes) => bytes.readBigUInt64LE()),
      ),
      {
        minLength: 1,
        maxLength: 9,
      },
    )
    .chain((numbers) => fc.constantFrom(0, 1, 2, 9).map((count) => ({ numbers, count })))
    .map(({ numbers, count }) => {
      const bytes = Buffer.alloc(8 + 8 * numbers.length);
      bytes.writeUInt32LE(count);
      for (const [nth, number] of numbers.entries()) bytes.writeBigUInt64LE(number, 8 + 8 * nth);
      return bytes;
    }),
);

const said: fc.Arbitrary<Misdeed> = fc
  .record({
    which: fc.oneof(
      { arbitrary: fc.constantFrom(1, 2, 3, 5, 5, 8, 9, 9, 10, 11, 12, 13, 15, 16, 18, 18, 24), weight: 8 },
      fc.nat({ max: 60 }),
      u32,
    ),
    payload,
    flags: fc.oneof({ arbitrary: fc.constant(1), weight: 8 }, fc.nat({ max: 16 })),
    wrongLength: fc.option(fc.oneof(fc.nat({ max: 600 }), u32), { freq: 7 }),
    passes: fc.array(fc.constantFrom<Passed>('memory', 'memory', 'event', 'empty file', 'pipe'), {
      maxLength: 3,
    }),
  })
  .map(({ wrongLength, payload, ...others }) => ({
    do: 'say' as const,
    payload,
    ...others,
    lengthBytes: wrongLength ?? payload.length,
  }));

const scribbled: fc.Arbitrary<Misdeed> = fc
  .record({
    at: fc.oneof(
      fc.nat({ max: 16 * queueSize }),
      fc.nat({ max: 8 + 2 * queueSize }).map((at) => ring.available + at),
      fc.nat({ max: 8 + 8 * queueSize }).map((at) => ring.used + at),
      fc.nat({ max: 0x4000 }).map((at) => 0x4000 + at),
    ),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      extremeNumber,
    ),
  })
  .map((scribble) => ({ do: 'scribble' as const, ...scribble }));

const misdeed: fc.Arbitrary<Misdeed> = fc.oneof(
  { arbitrary: sound, weight: 3 },
  { arbitrary: asked, weight: 4 },
  { arbitrary: said, weight: 3 },
  {
    arbitrary: fc
      .record({
        descriptors: fc.array(descriptor, { minLength: 1, maxLength: 6 }),
        head: fc.oneof({ arbitrary: fc.constant(0), weight: 6 }, fc.nat({ max: 0xffff })),
      })
      .map((chain) => ({ do: 'chain' as const, ...chain })),
    weight: 4,
  },
  { arbitrary: scribbled, weight: 2 },
  { arbitrary: fc.constant<Misdeed>({ do: 'kick' }), weight: 2 },
);

export const hostileMachine: fc.Arbitrary<HostileMachine> = fc
  .record({
    begins: fc.oneof({ arbitrary: fc.constant(true), weight: 5 }, fc.constant(false)),
    uses: fc.array(sound, { maxLength: 5 }),
    misdeeds: fc.array(misdeed, { minLength: 1, maxLength: 8 }),
  })
  .map(({ begins, uses, misdeeds }) => ({ begins, misdeeds: [...uses, ...misdeeds] }));
