/**
 * Power lost by dm-flakey: from a moment on, nothing that is written reaches the disk.
 *
 * One guest for all rounds; each begins with a fresh file system. Acks are frozen before the target is changed, so
 * that what was acked had been acked before. What it cannot show: a disk's cache. Whatever was sent before the cut is
 * kept, flushed or not.
 */

import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { diskSizeBytes } from '../../harness/attach/file-system.js';
import { lastAckOf } from '../../harness/disk/power-switch.js';
import { setupCommand } from '../../harness/server/programs.js';
import { begunText } from '../../harness/trace/said.js';
import type { GuestMachine } from '../machine/guest-machine.js';
import { makeGuestFileSystem, mountGuestStorage } from '../place/guest-disk.js';
import { guestRoot } from '../place/guest-place.js';
import { FlakeyDisk } from './flakey-disk.js';
import { cutAt } from './moment.js';
import type { LiveJob, LiveMethod, LostRound, RoundChoices, SurvivingDisk } from './round.js';
import { RoundBook } from './round-book.js';
import { RoundDirectory } from './round-directory.js';

const serial = 'live-flakey';

export class FlakeyRounds implements LiveMethod {
  #machine: GuestMachine | null = null;
  #disk: FlakeyDisk | null = null;

  constructor(private readonly job: LiveJob) {}

  get notes(): string[] {
    const { flakey } = this.#scenario.live;
    if (!this.#disk) return [];
    return [
      `dm-flakey ${this.#disk.targetVersion}, ${flakey.join(' and ')}`,
      ...(flakey.includes('random_write_corrupt')
        ? ['the disk corrupted half of the writes after each cut: what it broke may be its fault alone']
        : []),
    ];
  }

  beginsAfresh(): boolean {
    return true;
  }

  async lose({ round, moment }: RoundChoices): Promise<LostRound> {
    const { job } = this;
    const { loaded, storageIndex, workloads } = job;
    const { machine, disk } = await this.#open();
    const { agent } = machine;
    const scenario = this.#scenario;
    const storage = scenario.storage[storageIndex]!;
    await makeGuestFileSystem(agent, disk.device, storage);
    await mountGuestStorage(agent, disk.device, guestRoot, storage);
    const book = new RoundBook(join(job.folder, `${round}`));
    const isLastAck = lastAckOf(cutAt(moment) ?? {});
    let running = false;
    let frozen = false;
    let cutNow = (): void => {};
    const cut = new Promise<void>((resolve) => {
      cutNow = resolve;
    });
    const startedNs = process.hrtime.bigint();
    const directory = new RoundDirectory(job, machine, book, `${serial}-${round}`, async (text, source) => {
      if (!running) return 'ok';
      if (frozen) {
        // Whoever gives an ack now gets no answer before the end: let go, the workload would run on.
        await gone;
        return 'cut';
      }
      const time_ns = (process.hrtime.bigint() - startedNs).toString();
      const begun = begunText(text);
      if (begun !== null) {
        book.begun({ type: 'begun', block_index: 0, time_ns, text: begun, source });
        return 'ok';
      }
      book.ack({ block_index: 0, time_ns, text, source });
      const isLast = isLastAck(text);
      if (isLast) frozen = true;
      await directory.look();
      if (!isLast) return 'ok';
      cutNow();
      await gone;
      return 'cut';
    });
    let letGo = (): void => {};
    const gone = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const setup = setupCommand(scenario);
    if (setup !== undefined) await directory.setup(setup);
    await agent.call('syncfs', { path: guestRoot });
    await directory.watch();
    running = true;
    const started = performance.now();
    const ended = directory.runWorkload();
    const timer =
      moment.kind === 'time'
        ? setTimeout(() => {
            frozen = true;
            cutNow();
          }, moment.afterMs)
        : undefined;
    try {
      const byItself = await Promise.race([ended.then(() => true), cut.then(() => false)]);
      const durationMs = performance.now() - started;
      frozen = true;
      await directory.looked;
      await disk.cut();
      const workload = await directory.kill(letGo, ended);
      job.signal?.throwIfAborted();
      await directory.lookAtTheEnd();
      await directory.unwatch();
      await agent.call('unmount', { at: guestRoot });
      await disk.restore();
      const cutIndex = byItself ? null : 0;
      const end = { machine, workload, sizeBytes: null, cutAt: cutIndex };
      book.close({ loaded, storageIndex, round, workloads, ...end });
      const measured = { acks: book.acks, flushes: 0, durationMs };
      const nothing = { logIndex: null, point: 0, pendingWrites: 0, loss: 'none' as const, lost: [] };
      return { folder: book.folder, measured, ...nothing };
    } finally {
      clearTimeout(timer);
      letGo();
    }
  }

  async survivor(): Promise<SurvivingDisk> {
    const { machine, disk } = await this.#open();
    return { machine, device: disk.device };
  }

  async close(inOrder: boolean): Promise<void> {
    const machine = this.#machine;
    if (!machine) return;
    this.#machine = null;
    const { guests } = this.job;
    if (!inOrder || !machine.alive) {
      await guests.giveBack(machine, false);
      return;
    }
    await this.#disk?.close();
    await machine.removeDisk(serial);
    await guests.giveBack(machine, true);
  }

  get #scenario() {
    return this.job.loaded.scenario;
  }

  async #open(): Promise<{ machine: GuestMachine; disk: FlakeyDisk }> {
    if (this.#machine && this.#disk) return { machine: this.#machine, disk: this.#disk };
    const { guests, space, storageIndex } = this.job;
    const storage = this.#scenario.storage[storageIndex]!;
    const sizeBytes = diskSizeBytes(storage);
    const path = space.path(`flakey-${space.nextNumber()}.img`);
    const fd = openSync(path, 'w');
    ftruncateSync(fd, sizeBytes);
    closeSync(fd);
    const machine = await guests.take();
    this.#machine = machine;
    const source = { kind: 'file' as const, path, readOnly: false };
    const below = await machine.addDisk({ serial, bus: storage.disk.bus, source });
    this.#disk = await FlakeyDisk.open(machine.agent, below, sizeBytes, this.#scenario.live.flakey);
    return { machine, disk: this.#disk };
  }
}
