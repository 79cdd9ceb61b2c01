/**
 * The recorded disk, or several with one power: servers, recorders, faults, power switch, acks.
 *
 * Assumes: nobody in this process ever touches a file system on the disk it serves (it would wait for itself
 * in the kernel). Guarantees: block operations and acks are stamped in one order, that of their completion; all that
 * belongs to a recording is made here, and nothing of it is there, or says anything, once this returns.
 */
import { entryFlag } from '../../trace/block-log/layout.js';
import { BlockLogWriter } from '../../trace/block-log/writer.js';
import { PowerSwitch } from '../power-switch.js';
import type { RecordedOperation } from '../recorder.js';
import { AckDesk } from './ack-desk.js';
import { serveAcks } from './ack-socket.js';
import type { DiskSetup, FromDisk, ToDisk } from './messages.js';
import { RecordedDisks } from './recorded-disks.js';
import { serveDisk } from './serve-disk.js';
import { type ServedStdout, serveStdout } from './stdout-file.js';

/** What the process has for whatever it records. */
export interface DiskVoice {
  /** Null when the command is gone. */
  nextMessage: () => Promise<ToDisk | null>;
  send: (message: FromDisk) => void;
  /** Calls back when the command has taken what was sent, but for little. */
  whenTaken: (then: () => void) => void;
  fault: (error: unknown) => void;
}

/** @returns whether the command may want something else recorded */
export async function recordDisk(setup: DiskSetup, voice: DiskVoice): Promise<boolean> {
  const { nextMessage, fault } = voice;
  let isOver = false;
  const send = (message: FromDisk): void => {
    if (!isOver) voice.send(message);
  };
  let log: BlockLogWriter | null = null;
  /** Only what is recorded is slow: making the file system need not be. */
  let writeDelayMs = 0;
  let startedAt = 0n;
  /** When recording began, in nanoseconds since 1970: the clock that system calls are stamped with. */
  let startedUnixNs = 0n;
  /** When flushes and FUA writes were on the point of completing, for telling which system calls had returned by then. */
  const durableAt: [blockIndex: number, timeNs: number][] = [];
  const blockIndex = (): number => log?.entryCount ?? 0;
  const timeNs = (): string => (startedAt ? process.hrtime.bigint() - startedAt : 0n).toString();

  const disks = new RecordedDisks(setup.diskSockets.length, setup);
  const power = new PowerSwitch(setup.behaviour.cut, () => {
    disks.stop();
    send({ type: 'cut', block_index: blockIndex(), time_ns: timeNs() });
  });
  const devices = disks.devices(power);
  const desk = new AckDesk(
    power,
    {
      mark: (text) => log?.mark(text) ?? 0,
      get entryCount() {
        return blockIndex();
      },
    },
    timeNs,
    send,
  );

  const record = ({ kind, sector, sectorCount, fua, data }: RecordedOperation): void => {
    const flags =
      (kind === 'flush' ? entryFlag.flush : 0) |
      (kind === 'discard' ? entryFlag.discard : 0) |
      (fua ? entryFlag.fua : 0);
    if (kind === 'flush' || fua) durableAt.push([blockIndex(), Number(timeNs())]);
    log!.append({ sector, sectorCount, flags, ...(data ? { data } : {}) });
  };

  const served: { close(): Promise<void> }[] = [];
  for (const [nth, device] of devices.entries()) {
    const serving = { writeDelayMs: () => writeDelayMs, onFault: fault };
    served.push(await serveDisk(device, setup.diskSockets[nth]!, setup, serving));
  }
  served.push(await serveAcks(setup.ackSocket, desk));
  let stdout: ServedStdout | null = null;
  if (setup.stdoutFolder !== null && setup.said !== null) {
    stdout = await serveStdout(setup.stdoutFolder, setup.said, desk, {
      take: (data) => send({ type: 'stdout', data: Buffer.from(data).toString('base64') }),
      whenTaken: voice.whenTaken,
    });
    served.push(stdout);
  }
  send({ type: 'ready' });

  for (let message = await nextMessage(); message; message = await nextMessage()) {
    switch (message.type) {
      case 'start': {
        const zero = monotonicZeroUnixNs();
        log = new BlockLogWriter(setup.blockLog);
        disks.start(setup.baseImage, record);
        startedAt = process.hrtime.bigint();
        startedUnixNs = zero + startedAt;
        writeDelayMs = setup.writeDelayMs;
        for (const device of devices) device.arm();
        power.arm();
        send({ type: 'started', flushes_before: disks.flushesBeforeStart });
        break;
      }
      case 'snapshot-taken':
        desk.snapshotTaken(message.ack);
        break;
      case 'give-ack': {
        const { token, text, source } = message;
        desk.give(text, source, (answer) => send({ type: 'ack-given', token, answer }));
        break;
      }
      case 'cut':
        power.off();
        break;
      case 'end-stdout':
        void stdout?.end().then(() => send({ type: 'stdout-ended' }));
        break;
      case 'stop':
        writeDelayMs = 0;
        disks.stop();
        log?.close();
        send({
          type: 'stopped',
          entries: blockIndex(),
          started_unix_ns: startedUnixNs.toString(),
          durable_at: durableAt,
        });
        break;
      case 'rest':
        isOver = true;
        for (const one of served) await one.close();
        return true;
    }
  }
  return false;
}

/**
 * Nanoseconds since 1970 at the monotonic clock's zero, to some microseconds: `performance.timeOrigin` is a millisecond
 * off. Waits for the wall clock to reach whole milliseconds; being interrupted there makes the answer too early, so the
 * latest of several counts.
 */
function monotonicZeroUnixNs(): bigint {
  let latest = 0n;
  for (let tick = 0; tick < 4; tick++) {
    const before = Date.now();
    let now = before;
    while (now === before) now = Date.now();
    const zero = BigInt(now) * 1_000_000n - process.hrtime.bigint();
    if (zero > latest) latest = zero;
  }
  return latest;
}
