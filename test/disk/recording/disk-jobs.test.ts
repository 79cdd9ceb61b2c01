/** One disk process, recording after recording: of a hostile one nothing is left in the next. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { DiskClient } from '../../../harness/capture/disk-client.js';
import type { DiskSetup, FromDisk } from '../../../harness/disk/recording/messages.js';
import { type DiskBehaviour, diskBehaviour } from '../../../harness/scenario/schema/disk.js';
import type { LineProcess } from '../../../harness/state/line-process.js';
import { ProcessPool } from '../../../harness/state/process-pool.js';
import { oneJobEach, type ProcessSupply } from '../../../harness/state/process-supply.js';
import { processesMarked } from '../../../harness/state/processes.js';
import { RunSpace, runMark } from '../../../harness/state/run-space.js';
import { cmd, fua, RawClient } from '../nbd/raw-client.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-disks-'));
process.env.PLUGPULL_STATE_DIR = join(folder, 'state');
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** As long as a busy machine takes to let go of a job. */
const pool = new ProcessPool(300_000);
t.teardown(() => pool.close());
const space = RunSpace.create();

interface Recorded {
  /** What it said, but for times. */
  said: object[];
  base: Buffer;
  log: Buffer;
}

let last = 0;

/** Records what is done by `use` on a disk that behaves so. */
async function record(
  supply: ProcessSupply,
  about: { sizeBytes: number; behaviour: DiskBehaviour; writeDelayMs: number },
  use: (means: { disk: DiskClient; nbd: RawClient; ackSocket: string }) => Promise<void>,
): Promise<Recorded> {
  const name = `${++last}`;
  const path = (what: string): string => join(folder, `${name}-${what}`);
  const said: object[] = [];
  const setup: DiskSetup = {
    ...about,
    diskSockets: [path('disk.sock')],
    diskProtocol: 'nbd',
    diskId: 'disk',
    ackSocket: path('ack.sock'),
    stdoutFolder: null,
    said: null,
    baseImage: path('base.img'),
    blockLog: path('disk.log'),
  };
  const hear = (message: FromDisk): void => {
    const { durable_at, started_unix_ns, time_ns, ...lasting } = message as FromDisk &
      Record<string, unknown>;
    said.push({ ...lasting, ...(durable_at ? { durable: (durable_at as []).length } : {}) });
    if (message.type === 'ack') disk.send({ type: 'snapshot-taken', ack: message.ack });
  };
  const disk = await DiskClient.start(space, setup, hear, supply);
  const nbd = await RawClient.go(setup.diskSockets[0]!);
  await use({ disk, nbd, ackSocket: setup.ackSocket });
  const stopped = disk.next('stopped');
  disk.send({ type: 'stop' });
  await stopped;
  await disk.close();
  return { said, base: readFileSync(setup.baseImage), log: readFileSync(setup.blockLog) };
}

async function start(disk: DiskClient, nbd: RawClient): Promise<void> {
  await nbd.ask({ command: cmd.write, offset: 512, data: Buffer.alloc(512, 1) });
  await nbd.ask({ command: cmd.flush });
  const started = disk.next('started');
  disk.send({ type: 'start' });
  await started;
}

/** One that does as it should, and a program that gives two acks. */
const plainly = (supply: ProcessSupply): Promise<Recorded> =>
  record(
    supply,
    { sizeBytes: 2 ** 20, behaviour: diskBehaviour.parse({}), writeDelayMs: 0 },
    async (means) => {
      const { disk, nbd } = means;
      await start(disk, nbd);
      await nbd.ask({ command: cmd.write, offset: 1024, data: Buffer.alloc(1024, 2) });
      t.equal(await disk.giveAck('first', 'stdout'), 'ok');
      await nbd.ask({ command: cmd.write, offset: 4096, data: Buffer.alloc(512, 3), flags: fua });
      t.equal((await nbd.ask({ command: cmd.flush })).error, 0);
      t.equal(await disk.giveAck('second', 'stdout'), 'ok');
      nbd.close();
    },
  );

/**
 * Larger, slow, with a fault at its second write and power that goes with an ack; clients of both sockets stay connected,
 * one of them in the middle of a line, one of a request, and a write still waits when the recording stops.
 */
const hostilely = (supply: ProcessSupply): Promise<Recorded> => {
  const behaviour = diskBehaviour.parse({
    cache: 'through',
    faults: [{ operation: 'write', n: 2, error: 'EIO' }],
    cut: { ack: 1, later_writes: 'fail' },
  });
  return record(
    supply,
    { sizeBytes: 2 ** 22, behaviour, writeDelayMs: 200 },
    async ({ disk, nbd, ackSocket }) => {
      await start(disk, nbd);
      t.equal((await nbd.ask({ command: cmd.write, offset: 1024, data: Buffer.alloc(512, 9) })).error, 0);
      t.not((await nbd.ask({ command: cmd.write, offset: 2048, data: Buffer.alloc(512, 9) })).error, 0);
      t.equal(await disk.giveAck('first', 'stdout'), 'ok');
      t.equal(await disk.giveAck('second', 'stdout'), 'cut');
      const giver = connect(ackSocket).on('error', () => {});
      await new Promise((resolve) => giver.write('half a li', resolve));
      nbd.send(Buffer.alloc(7, 1));
      const late = await RawClient.go(join(folder, `${last}-disk.sock`));
      late.send(Buffer.from('2560951300000001', 'hex'));
    },
  );
};

/** A supply that tells whose processes were taken. */
function watched(supply: ProcessSupply): { supply: ProcessSupply; taken: LineProcess[] } {
  const taken: LineProcess[] = [];
  return {
    taken,
    supply: {
      take(program) {
        const process = supply.take(program);
        taken.push(process);
        return process;
      },
      giveBack: (process) => supply.giveBack(process),
    },
  };
}

/** What the pool's process has open. */
function openFiles(): string[] {
  const runs = readdirSync(process.env.PLUGPULL_STATE_DIR!).filter((name) => name !== space.id);
  const [pid] = processesMarked(runMark, runs[0]!);
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/\[\d+\]/, ''))
    .sort();
}

t.test('what is recorded after a hostile recording is what a new process records', async (t) => {
  const fresh = await plainly(oneJobEach(space));
  const { supply, taken } = watched(pool);
  await plainly(supply);
  const before = openFiles();
  const hostile = await hostilely(supply);
  t.ok(JSON.stringify(hostile.said).includes('"cut"'), 'it was one');
  const after = await plainly(supply);
  t.equal(new Set(taken).size, 1, 'by one process');
  t.strictSame(after, fresh);
  t.strictSame(openFiles(), before, 'no file, socket or client of it is open');
});
