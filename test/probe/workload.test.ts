import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { bytesOf, staleByte } from '../../harness/probe/workload/bytes.js';
import { fallocModes } from '../../harness/probe/workload/falloc.js';
import type { Operation } from '../../harness/probe/workload/operation.js';
import { parseWorkload, printWorkload } from '../../harness/probe/workload/workload.js';

const path = fc.constantFrom('foo', 'A/foo', 'A/C/bar', 'x.y-z_1');
const there = fc.oneof(path, fc.constant('.'), fc.constant('@h'));
const count = fc.nat(1 << 20);
const name = fc.constantFrom('h', 'h2', 'user.probe');

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constantFrom('create', 'mkdir', 'unlink', 'rmdir'), path }),
  fc.record({
    op: fc.constant('write'),
    path: there,
    at: count,
    length: count,
    manner: fc.constantFrom('buffered', 'direct', 'sync', 'dsync'),
  }),
  fc.record({ op: fc.constantFrom('store', 'msync'), path: there, at: count, length: count }),
  fc.record({
    op: fc.constant('falloc'),
    path: there,
    mode: fc.constantFrom(...fallocModes),
    at: count,
    length: count,
  }),
  fc.record({ op: fc.constant('truncate'), path: there, size: count }),
  fc.record({ op: fc.constantFrom('link', 'rename', 'exchange'), from: path, to: path }),
  fc.record({ op: fc.constant('symlink'), target: path, path }),
  fc.record({ op: fc.constant('setxattr'), path, name, value: name }),
  fc.record({ op: fc.constant('removexattr'), path, name }),
  fc.record({ op: fc.constant('chmod'), path, mode: fc.nat(0o7777) }),
  fc.record({ op: fc.constant('hold'), path, as: name }),
  fc.record({ op: fc.constant('tmpfile'), directory: path, as: name }),
  fc.record({ op: fc.constantFrom('fsync', 'fdatasync'), path: there }),
  fc.record({ op: fc.constantFrom('sync', 'syncfs') }),
) as fc.Arbitrary<Operation>;

t.test('what is printed is parsed again', async () => {
  const plain = operation.map((one) => ({ ...one }));
  fc.assert(
    fc.property(fc.array(plain), fc.array(plain, { minLength: 1 }), (setup, body) => {
      const lines = printWorkload({ setup, body });
      const commented = lines.map((line) => `  ${line}   # why`).join('\n\n');
      for (const text of [lines.join(';'), commented])
        assert.deepEqual(parseWorkload(text, 'here'), { setup, body });
    }),
    { numRuns: 200 },
  );
});

t.test('what cannot be understood is named, with what was expected', async (t) => {
  const cases: [string, RegExp][] = [
    ['', /expected operations, one a line, got none/],
    ['create foo; start', /expected operations, one a line, got none behind start/],
    ['touch foo', /--workload, line 1 \("touch foo"\): expected an operation \(create, mkdir/],
    ['create foo\nwrite foo 0', /line 2 .*expected write path at length \[buffered\|direct/],
    ['write foo 0 10 soon', /manner: expected one of buffered, direct, sync, dsync, got soon/],
    ['truncate foo -1', /size: expected a number of bytes, got -1/],
    ['falloc foo grow 0 1', /mode: expected one of extend, keep/],
    ['create ../etc', /path: expected a relative path such as A\/foo/],
    ['create /etc/passwd', /expected a relative path/],
    ['unlink @h', /path: expected a relative path/],
    ['chmod foo rw', /mode: expected a mode such as 0600, got rw/],
  ];
  for (const [text, says] of cases)
    t.throws(() => parseWorkload(text, '--workload'), { exitCode: 64, message: says }, text);
});

t.test('bytes tell which operation wrote them and where, and are none of the empty disk', async (t) => {
  fc.assert(
    fc.property(fc.nat(25), fc.nat(5000), fc.nat(5000), fc.nat(3000), (line, at, length, skip) => {
      const bytes = bytesOf(line, at, length);
      assert.equal(bytes.includes(staleByte), false);
      assert.deepEqual(bytes, bytesOf(line, at, length), 'the same every time');
      const sector = Math.ceil((at + skip) / 512) * 512;
      if (sector + 512 <= at + length)
        t.equal(
          bytes.toString('latin1', sector - at, sector - at + 8),
          String(sector / 512).padStart(8, '0'),
        );
    }),
    { numRuns: 200 },
  );
  t.notSame(bytesOf(1, 0, 512), bytesOf(2, 0, 512));
});
