import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { explorable } from '../../harness/explore/recording.js';
import { writeCrashImage } from '../../harness/inspect/crash-image-file.js';
import { importTrace } from '../../harness/interchange/import.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { openTrace } from '../../harness/trace/trace.js';
import { UsageError } from '../../harness/verdict/errors.js';
import { extLookalike, foreignPair } from '../interchange/foreign-log.js';
import { logEntries } from '../trace/block-log/log-entries.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-test-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const image = extLookalike(256 * 1024);

t.test('the image of a crash state is the base and each write that was not lost, in order', async (t) => {
  const generated = fc.record({
    entries: logEntries(512, image.length / 512),
    granularity: fc.constantFrom('write' as const, 'sector' as const),
    pick: fc.nat(),
    lost: fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }),
  });
  let lostAny = 0;
  await fc.assert(
    fc.asyncProperty(generated, async ({ entries, granularity, pick, lost }) => {
      const input = {
        name: 'any',
        workload: { run: ':' },
        promise: {},
        storage: [{ fs: 'ext4' as const }],
        explore: { granularity },
      };
      const loaded = { file: null, input, scenario: scenario.parse(input) };
      const pair = foreignPair(folder, 'any', image, entries);
      const to = join(folder, 'trace');
      const path = join(folder, 'crash.img');
      await importTrace({ ...pair, to, ignorePastCount: false, scenarioFor: () => loaded, workloads: '/' });
      const trace = openTrace(to);
      try {
        const { recording, points } = explorable(trace);
        const point = points[pick % points.length]!;
        const pending = recording.pieces.pendingAt(point);
        const gone = pending.filter((_, i) => lost[i % lost.length]);
        if (gone.length > 0) lostAny++;
        await writeCrashImage({ trace, point: point.id, lost: gone, path });

        const expected = Buffer.from(image);
        for (const operation of trace.operations) {
          if (operation.index >= point.logIndex || operation.kind === 'flush') continue;
          for (let i = 0; i < operation.sectorCount; i++) {
            const sector = operation.sector + i;
            if (gone.includes(recording.pieces.pieceAt(operation, sector))) continue;
            const into = expected.subarray(sector * 512, (sector + 1) * 512);
            if (operation.kind === 'discard') into.fill(0);
            else trace.payload(operation, i * 512, into);
          }
        }
        t.ok(readFileSync(path).equals(expected));
      } finally {
        trace.close();
        rmSync(to, { recursive: true, force: true });
        rmSync(path, { force: true });
      }
    }),
    { numRuns: 100 },
  );
  t.ok(lostAny > 10, 'the property looked at states that lost something');
});

t.test('a state of another trace is refused', async (t) => {
  const input = { name: 'any', workload: { run: ':' }, promise: {}, storage: [{ fs: 'ext4' as const }] };
  const loaded = { file: null, input, scenario: scenario.parse(input) };
  const to = join(folder, 'other');
  await importTrace({
    ...foreignPair(folder, 'other', image, []),
    to,
    ignorePastCount: false,
    scenarioFor: () => loaded,
    workloads: '/',
  });
  const trace = openTrace(to);
  t.teardown(() => trace.close());
  const path = join(folder, 'other.img');
  await t.rejects(writeCrashImage({ trace, point: 99, lost: [], path }), UsageError);
  await t.rejects(writeCrashImage({ trace, point: 0, lost: [7], path }), UsageError);
});
