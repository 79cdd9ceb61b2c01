import fc from 'fast-check';
import t from 'tap';
import { cmd, RawClient, requestMessage } from './raw-client.js';
import { serveMemoryDisk } from './served-disk.js';

const sectors = 64;
const served = await serveMemoryDisk({ sizeBytes: sectors * 512 });
t.teardown(() => served.stop());

const range = fc
  .tuple(fc.nat({ max: sectors - 1 }), fc.integer({ min: 1, max: sectors }))
  .map(([from, count]) => ({ offset: from * 512, length: Math.min(count, sectors - from) * 512 }));

const step = fc.oneof(
  fc.record({ command: fc.constantFrom(cmd.read, cmd.trim, cmd.writeZeroes), range, fill: fc.constant(0) }),
  fc.record({ command: fc.constant(cmd.write), range, fill: fc.integer({ min: 1, max: 255 }) }),
);

t.test('sequences of requests, sent one by one or all at once, act as on a buffer', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, isPipelined) => {
      const client = await RawClient.go(served.socketPath);
      const model = Buffer.from(served.disk.content);
      const messages = steps.map(({ command, range, fill }, nth) =>
        requestMessage({
          command,
          ...range,
          cookie: BigInt(nth),
          ...(command === cmd.write && { data: Buffer.alloc(range.length, fill) }),
        }),
      );
      if (isPipelined) client.send(...messages);
      for (const [nth, { command, range, fill }] of steps.entries()) {
        if (!isPipelined) client.send(messages[nth]!);
        const reply = await client.reply(command === cmd.read ? range.length : 0);
        const end = range.offset + range.length;
        if (reply.error !== 0 || reply.cookie !== BigInt(nth))
          throw new Error(`reply ${nth}: ${reply.error}`);
        if (command !== cmd.read) model.fill(fill, range.offset, end);
        else if (!reply.data.equals(model.subarray(range.offset, end)))
          throw new Error(`read ${nth} differs`);
      }
      client.close();
      if (!served.disk.content.equals(model)) throw new Error('the content differs');
    }),
    { numRuns: 200 },
  );
  t.same(served.faults, []);
});
