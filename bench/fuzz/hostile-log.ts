import fc from 'fast-check';
import { logEntries } from '../../test/trace/block-log/log-entries.js';
import { referenceLog } from '../../test/trace/block-log/reference-log.js';
import { extremeNumber, mutations } from './mutation.js';

/** A log to be opened: rarely a good one. */
export interface HostileLog {
  bytes: Buffer;
  deviceBytes: number | undefined;
  pastCount: 'scan' | 'ignore';
}

const count = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 4 },
  fc.nat({ max: 14 }).map(BigInt),
  fc.constantFrom((1n << 32n) - 1n, (1n << 64n) - 1n),
);

/** Made once: fast-check writes down every code point for each generator of strings, which took most of a campaign. */
const entriesOf = new Map([512, 1024, 4096].map((sectorBytes) => [sectorBytes, logEntries(sectorBytes)]));

const spoiltLog = fc.constantFrom(512, 512, 1024, 4096).chain((sectorBytes) =>
  fc
    .tuple(
      entriesOf.get(sectorBytes)!,
      count,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 4 }), extremeNumber), { maxLength: 2 }),
      mutations(4),
    )
    .map(([entries, count, fields, mutate]) => {
      const log = referenceLog(entries, { sectorBytes, ...(count !== undefined && { count }) });
      // Fields of headers are rare among the bytes of payloads: hit some on purpose.
      for (const [sector, field, number] of fields) {
        number.copy(log, (sector % (log.length / sectorBytes)) * sectorBytes + field * 8);
      }
      return mutate(log);
    }),
);

const noLog = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.concat([referenceLog([]), bytes])),
);

export const hostileLog: fc.Arbitrary<HostileLog> = fc.record({
  bytes: fc.oneof({ arbitrary: spoiltLog, weight: 9 }, noLog),
  deviceBytes: fc.constantFrom(undefined, 0, 512, 500 * 512, 4_096_000),
  pastCount: fc.constantFrom('scan' as const, 'ignore' as const),
});
