import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { BlockIoError } from '../../harness/disk/block-device.js';
import { type Fault, FaultyDevice } from '../../harness/disk/faults.js';
import { type Cut, PowerSwitch } from '../../harness/disk/power-switch.js';
import { RecordingDevice } from '../../harness/disk/recorder.js';
import { AckDesk } from '../../harness/disk/recording/ack-desk.js';
import type { FromDisk } from '../../harness/disk/recording/messages.js';
import { SparseImage } from '../../harness/disk/sparse-image.js';

function cutting(later: Cut['later_writes'], cut: Omit<Cut, 'later_writes'>): Cut {
  return { ...cut, later_writes: later };
}

/** The recorded disk as its process puts it together. */
function machine(folder: string, cut: Cut | undefined, faults: Fault[] = []) {
  const log: string[] = [];
  const sent: FromDisk[] = [];
  const recorder = new RecordingDevice(new SparseImage(64 * 512), {
    cache: 'volatile',
    fua: true,
    discard: 'zeros',
  });
  const power = new PowerSwitch(cut, () => {
    recorder.stop();
    log.push('cut');
  });
  const disk = new FaultyDevice(recorder, faults, power);
  const desk = new AckDesk(
    power,
    { mark: (text) => log.push(`ack ${text}`), entryCount: 0 },
    () => '0',
    (message) => sent.push(message),
  );
  recorder.start(`${folder}/base.img`, ({ kind, sector }) =>
    log.push(kind === 'flush' ? kind : `${kind} ${sector}`),
  );
  disk.arm();
  power.arm();
  const did = (what: string): string => {
    const [kind, at = '0'] = what.split(' ');
    const offset = Number(at) * 512;
    try {
      if (kind === 'write') disk.write(offset, Buffer.alloc(512, 1), { fua: false });
      else if (kind === 'discard') disk.discard(offset, 512);
      else if (kind === 'read') disk.read(offset, Buffer.alloc(512));
      else if (kind === 'flush') disk.flush();
      else {
        let answer = 'waits';
        desk.give(at, 'socket', (text) => {
          answer = text;
        });
        return answer;
      }
      return 'ok';
    } catch (error) {
      if (!(error instanceof BlockIoError)) throw error;
      return error.code;
    }
  };
  const content = (sector: number): number => {
    const one = Buffer.alloc(512);
    recorder.read(sector * 512, one);
    return one[0]!;
  };
  return { log, sent, did, power, desk, content };
}

const story = [
  'write 1',
  'write 2',
  'flush',
  'ack a',
  'write 3',
  'read 3',
  'discard 1',
  'flush',
  'ack b',
  'write 4',
];

t.test('no cut: everything is recorded, every ack counts', async (t) => {
  const { log, did, power } = machine(t.testdir(), undefined);
  t.same(story.map(did), ['ok', 'ok', 'ok', 'waits', 'ok', 'ok', 'ok', 'ok', 'waits', 'ok']);
  t.same(log, ['write 1', 'write 2', 'flush', 'ack a', 'write 3', 'discard 1', 'flush', 'ack b', 'write 4']);
  t.ok(power.isOn);
});

t.test('a fault that waits for an ack comes when it was given, and is not recorded', async (t) => {
  const fault: Fault = { operation: 'flush', n: 1, after_ack: 2, count: 1, error: 'EIO' };
  const { log, did } = machine(t.testdir(), undefined, [fault]);
  t.same(['flush', 'ack a', 'flush', 'ack b', 'write 1', 'flush', 'flush'].map(did), [
    'ok',
    'waits',
    'ok',
    'waits',
    'ok',
    'EIO',
    'ok',
  ]);
  t.same(log, ['flush', 'ack a', 'flush', 'ack b', 'write 1', 'flush']);
});

t.test('just before the n-th operation of a kind, later ones fail', async (t) => {
  const { log, did, sent, power, content } = machine(
    t.testdir(),
    cutting('fail', { operation: 'write', n: 3 }),
  );
  t.same(story.map(did), ['ok', 'ok', 'ok', 'waits', 'EIO', 'ok', 'EIO', 'EIO', 'cut', 'EIO']);
  t.same(log, ['write 1', 'write 2', 'flush', 'ack a', 'cut'], 'neither the write nor the later ack');
  t.equal(sent.filter(({ type }) => type === 'ack').length, 1);
  t.notOk(power.isOn);
  t.same([content(1), content(3)], [1, 0], 'what failed changed nothing');
});

t.test('just before the n-th operation of a kind, later ones vanish', async (t) => {
  const { log, did, content } = machine(t.testdir(), cutting('vanish', { operation: 'flush', n: 2 }));
  t.same(story.map(did), ['ok', 'ok', 'ok', 'waits', 'ok', 'ok', 'ok', 'ok', 'cut', 'ok']);
  t.same(log, ['write 1', 'write 2', 'flush', 'ack a', 'write 3', 'discard 1', 'cut']);
  t.equal(content(4), 0);
});

t.test('operations of any kind, reads too', async (t) => {
  const any = machine(t.testdir(), cutting('fail', { operation: 'any', n: 5 }));
  t.same(story.map(any.did), ['ok', 'ok', 'ok', 'waits', 'ok', 'ok', 'EIO', 'EIO', 'cut', 'EIO']);
  t.equal(any.log.at(-1), 'cut');
  const read = machine(t.testdir(), cutting('fail', { operation: 'read', n: 1 }));
  t.same(story.map(read.did), ['ok', 'ok', 'ok', 'waits', 'ok', 'ok', 'EIO', 'EIO', 'cut', 'EIO']);
  const first = machine(t.testdir(), cutting('vanish', { operation: 'any' }));
  t.same(story.map(first.did), ['ok', 'ok', 'ok', 'cut', 'ok', 'ok', 'ok', 'ok', 'cut', 'ok']);
  t.same(first.log, ['cut'], 'n is 1 when not said');
});

t.test('right after ack k: that one counts, in the same step nothing more does', async (t) => {
  const { log, did, sent, desk } = machine(t.testdir(), cutting('fail', { ack: 1 }));
  t.same(story.map(did), ['ok', 'ok', 'ok', 'waits', 'EIO', 'ok', 'EIO', 'EIO', 'cut', 'EIO']);
  t.same(log, ['write 1', 'write 2', 'flush', 'ack a', 'cut']);
  t.match(sent, [{ type: 'ack', ack: 1, text: 'a' }]);
  desk.snapshotTaken(1);
  const second = machine(t.testdir(), cutting('vanish', { ack: 2 }));
  t.same(story.map(second.did).slice(-2), ['waits', 'ok']);
  t.same(second.log.slice(-2), ['ack b', 'cut']);
});

t.test('after a time, even when nothing happens then', async (t) => {
  let begun: number;
  let attempt: ReturnType<typeof machine> & { answers: string[]; isOn: boolean };
  // Once more where the machine paused for so long in between.
  do {
    begun = performance.now();
    const made = machine(t.testdir(), cutting('fail', { after: 1000 }));
    attempt = { ...made, answers: ['write 1', 'ack a'].map(made.did), isOn: made.power.isOn };
  } while (performance.now() - begun >= 1000);
  const { log, did, answers, isOn } = attempt;
  t.same(answers, ['ok', 'waits']);
  t.ok(isOn);
  await sleep(1100);
  t.same(log, ['write 1', 'ack a', 'cut'], 'nobody had to ask');
  t.same([did('write 2'), did('ack b')], ['EIO', 'cut']);
  const idle = machine(t.testdir(), cutting('vanish', { after: 5 }));
  const until = performance.now() + 10;
  while (performance.now() < until);
  t.equal(idle.did('ack a'), 'cut', 'the ack asks for the time itself');
  t.same(idle.log, ['cut']);
});

t.test('the giver of an ack goes on when its snapshot is taken', async (t) => {
  const sent: FromDisk[] = [];
  const answers: string[] = [];
  const desk = new AckDesk(
    new PowerSwitch(undefined, () => {}),
    { mark: () => 7, entryCount: 7 },
    () => '5',
    (message) => sent.push(message),
  );
  for (const text of ['a', 'b']) desk.give(text, 'stdout', (answer) => answers.push(`${text} ${answer}`));
  t.same(sent, [
    { type: 'ack', ack: 1, text: 'a', block_index: 7, time_ns: '5', source: 'stdout' },
    { type: 'ack', ack: 2, text: 'b', block_index: 7, time_ns: '5', source: 'stdout' },
  ]);
  t.same(answers, []);
  desk.snapshotTaken(2);
  desk.snapshotTaken(2);
  desk.snapshotTaken(99);
  t.same(answers, ['b ok']);
  desk.snapshotTaken(1);
  t.same(answers, ['b ok', 'a ok']);
});
