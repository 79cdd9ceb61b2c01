import fc from 'fast-check';
import { infoRequest, optionMessage, requestMessage, u32 } from '../../test/disk/nbd/raw-client.js';
import { mutations } from './mutation.js';

/** What one hostile client does: sends these chunks, then leaves. */
export interface HostileSession {
  chunks: Buffer[];
  /** `end` closes its sending side and reads to the end; `destroy` goes without reading. */
  leaves: 'end' | 'destroy';
}

/** The disk that sessions are made for; their lengths and offsets gather around its limits. */
export const fuzzedDisk = { sizeBytes: 256 * 1024, maxRequestBytes: 32 * 1024, exportName: 'fuzzed' };

const { sizeBytes, maxRequestBytes, exportName } = fuzzedDisk;
const u16 = fc.integer({ min: 0, max: 0xffff });
const anyU32 = fc.integer({ min: 0, max: 0xffffffff });
const smallData = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));

const clientFlags = fc.oneof({ arbitrary: fc.constantFrom(3, 3, 1, 0, 2), weight: 12 }, anyU32);

const optionCode = fc.oneof({ arbitrary: fc.constantFrom(1, 2, 3, 5, 6, 7, 8, 10), weight: 5 }, anyU32);
const optionData = fc.oneof(
  fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from(exportName),
    infoRequest(''),
    infoRequest(exportName, [0, 1, 3, 9]),
  ),
  smallData,
);
const declaredBytes = (actual: number): fc.Arbitrary<number> =>
  fc.oneof({ arbitrary: fc.constant(actual), weight: 8 }, fc.nat({ max: 60 }), anyU32);

const hostileOption = fc
  .tuple(optionCode, optionData)
  .chain(([code, data]) => declaredBytes(data.length).map((declared) => optionMessage(code, data, declared)));

const entersTransmission = fc.constantFrom(
  optionMessage(7, infoRequest('')),
  optionMessage(7, infoRequest(exportName, [3])),
  optionMessage(1),
  optionMessage(1, Buffer.from(exportName)),
);

const offset = fc.oneof(
  { arbitrary: fc.nat({ max: sizeBytes / 512 }).map((sector) => BigInt(sector * 512)), weight: 3 },
  fc.constantFrom(
    BigInt(sizeBytes),
    BigInt(sizeBytes - 512),
    1n << 53n,
    (1n << 64n) - 512n,
    (1n << 64n) - 1n,
  ),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);
const length = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 8 }).map((sectors) => sectors * 512), weight: 4 },
  fc.constantFrom(0, 1, 511, maxRequestBytes, maxRequestBytes + 512, sizeBytes, 8 * maxRequestBytes + 512),
  anyU32,
);
/** How much of a WRITE's payload really follows. Never all of a huge one: the claim is what counts. */
const payloadKind = fc.constantFrom('whole', 'whole', 'whole', 'short', 'long', 'none');

/** What a client in its right mind sends: without these, hostile ones would only ever meet a fresh server. */
const soundRequest = fc
  .record({
    command: fc.constantFrom(0, 1, 1, 3, 4, 6),
    flags: fc.constantFrom(0, 0, 1),
    sector: fc.nat({ max: sizeBytes / 512 - 64 }),
    sectors: fc.oneof(
      { arbitrary: fc.integer({ min: 1, max: 8 }), weight: 5 },
      fc.integer({ min: 9, max: 64 }),
    ),
  })
  .map(({ command, flags, sector, sectors }) => {
    const range = command === 3 ? {} : { offset: sector * 512, length: sectors * 512 };
    const data = command === 1 ? { data: Buffer.alloc(sectors * 512, 0xa5) } : {};
    return requestMessage({ command, flags, ...range, ...data });
  });

const hostileRequest = fc
  .record({
    command: fc.oneof(
      { arbitrary: fc.constantFrom(0, 1, 1, 1, 3, 4, 6), weight: 8 },
      fc.constantFrom(2, 5, 7),
      u16,
    ),
    flags: fc.oneof({ arbitrary: fc.constantFrom(0, 0, 0, 1, 2), weight: 6 }, u16),
    cookie: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    offset,
    length,
    payloadKind,
  })
  .map(({ payloadKind, ...request }) => {
    const head = requestMessage(request);
    if (request.command !== 1 || payloadKind === 'none') return head;
    const wanted = Math.min(request.length, 2 * maxRequestBytes);
    const payloadBytes = { whole: wanted, short: wanted >> 1, long: wanted + 7 }[payloadKind] ?? 0;
    return Buffer.concat([head, Buffer.alloc(payloadBytes, 0x5a)]);
  });

const anyRequest = fc.oneof({ arbitrary: soundRequest, weight: 2 }, hostileRequest);

const conversation = fc
  .tuple(
    clientFlags,
    fc.array(hostileOption, { maxLength: 4 }),
    fc.option(entersTransmission, { freq: 8 }),
    fc.array(anyRequest, { maxLength: 8 }),
  )
  .map(([flags, options, enter, requests]) =>
    Buffer.concat([u32(flags), ...options, ...(enter ? [enter] : []), ...requests]),
  );

/** Half of the conversations go straight to transmission: options that are refused rarely lead there. */
const transmission = fc
  .tuple(entersTransmission, fc.array(anyRequest, { minLength: 1, maxLength: 12 }))
  .map(([enter, requests]) => ({ head: Buffer.concat([u32(3), enter]), body: Buffer.concat(requests) }));

const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

const sent = fc.oneof(
  { arbitrary: fc.tuple(conversation, mutations(3)).map(([bytes, mutate]) => mutate(bytes)), weight: 5 },
  {
    arbitrary: fc
      .tuple(transmission, mutations(3))
      .map(([{ head, body }, mutate]) => Buffer.concat([head, mutate(body)])),
    weight: 5,
  },
  noise,
);

export const hostileSession: fc.Arbitrary<HostileSession> = fc
  .record({
    sent,
    cuts: fc.array(fc.nat(), { maxLength: 4 }),
    leaves: fc.constantFrom('end' as const, 'end' as const, 'end' as const, 'destroy' as const),
  })
  .map(({ sent, cuts, leaves }) => {
    const places = cuts.map((cut) => (sent.length === 0 ? 0 : cut % sent.length)).sort((a, b) => a - b);
    const bounds = [0, ...places, sent.length];
    const chunks = bounds.slice(1).map((end, nth) => sent.subarray(bounds[nth], end));
    return { chunks: chunks.filter((chunk) => chunk.length > 0), leaves };
  });
