import t from 'tap';
import { protocolOf } from '../../harness/contract/protocol.js';
import type { Protocol } from '../../harness/verdict/protocol.js';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  rename,
  sync,
  type WrittenOptions,
  write,
} from './written-trace.js';

function protocol(calls: readonly string[], options: WrittenOptions = {}): Protocol {
  const { explanations, findings } = judgeWritten(calls, options);
  return protocolOf(explanations[0]!, findings);
}

const replaced = [create('tmp'), write('tmp', 'newer'), sync('tmp'), close(), rename('tmp', 'config')];

t.test(
  'operations are numbered, groups told, syncs say what they cover, acks stand in between',
  async (t) => {
    const { operations } = protocol([...replaced, ack('one'), ...directorySynced(), ack('two')]);
    t.strictSame(operations, [
      { kind: 'operation', number: 1, call: 'creat(tmp)', atomic: false },
      { kind: 'operation', number: 2, call: 'write(tmp, 0, 5)', atomic: false },
      {
        kind: 'operation',
        number: 3,
        call: 'fsync(tmp)',
        atomic: false,
        sync: { errno: null, durable: '2' },
      },
      { kind: 'operation', number: 4, call: 'rename(tmp, config)', atomic: true },
      { kind: 'ack', text: 'one' },
      {
        kind: 'operation',
        number: 5,
        call: 'fsync(.)',
        atomic: false,
        sync: { errno: null, durable: '1, 4' },
      },
      { kind: 'ack', text: 'two' },
    ]);
  },
);

t.test('a sync that failed or came too early covers nothing; a write on O_SYNC covers itself', async (t) => {
  const { operations } = protocol([
    create('a', 3, 'O_WRONLY|O_CREAT|O_SYNC'),
    write('a', 'x'),
    sync('a', 'fsync', '-1 EIO (Input/output error)'),
    sync('a'),
  ]);
  t.match(operations, [
    { call: 'creat(a)' },
    { call: 'write(a, 0, 1)', sync: { errno: null, durable: '2' } },
    { call: 'fsync(a)', sync: { errno: 'EIO', durable: '' } },
    { call: 'fsync(a)', sync: { errno: null, durable: '' } },
  ]);
});

t.test('findings name their operations by number', async (t) => {
  const files = { config: 'old' };
  const promises = { snapshot: true, atomic: ['config'] };
  const calls = [create('tmp'), write('tmp', 'newer'), close(), rename('tmp', 'config'), ack()];
  const { findings } = judgeWritten(calls, { files, promises });
  t.strictSame(
    findings.map(({ property, operations }) => ({ property, operations })),
    [
      { property: "rename(tmp, config) needs fsync(.) before ack 'done'", operations: [3] },
      { property: 'write(tmp, 0, 5) needs fsync(tmp) before rename(tmp, config)', operations: [2, 3] },
    ],
  );
});

t.test('the repair and the calls that could go belong to it', async (t) => {
  const bad = protocol([create('a'), ack()]);
  t.strictSame(bad.repair, { additions: ["fsync(.) before ack 'done'"], verified: true });
  const good = protocol([create('a'), write('a', 'x'), sync('a'), sync('a'), ...directorySynced(), ack()]);
  t.equal(good.repair, null);
  t.strictSame(good.superfluous, []);
  const twice = [
    create('a'),
    write('a', 'x'),
    sync('a'),
    sync('a', 'fdatasync'),
    ...directorySynced(),
    ack(),
  ];
  t.strictSame(protocol(twice).superfluous, ['fsync(a)']);
});

t.test('a long run keeps what is at fault, and says how much is left out', async (t) => {
  const turn = (n: number, synced: boolean): string[] => [
    create(`note${n}`),
    write(`note${n}`, 'x'),
    ...(synced ? [sync(`note${n}`)] : []),
    close(),
    ...directorySynced(),
    ack(`${n}`),
  ];
  const calls = Array.from({ length: 300 }, (_, n) => turn(n, n !== 150)).flat();
  const { operations } = protocol(calls);
  t.ok(operations.length < 400, `${operations.length} lines`);
  const kept = operations.filter((line) => line.kind === 'operation');
  t.equal(kept[0]!.number, 1);
  t.equal(kept.at(-1)!.number, 300 * 4 - 1);
  t.ok(
    kept.some(({ call }) => call === 'write(note150, 0, 1)'),
    'the call at fault',
  );
  t.notOk(kept.some(({ call }) => call === 'write(note100, 0, 1)'));
  const left = operations.reduce((sum, line) => sum + (line.kind === 'gap' ? line.lines : 1), 0);
  t.equal(left, 300 * 5 - 1, 'each line is there or counted');
});
