/**
 * The resident program on the host: the disk is a loop device on a file that its lane serves, and another one on the same
 * file for what crashes leave. That one gathers requests and need not be told when anything is durable; the first one,
 * whose workloads are recorded, sends all as the file system does.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Made } from '../../attach/attaching-run.js';
import { gatherRequests } from '../../attach/gathered-requests.js';
import { attachLoop, releaseLoop } from '../../attach/loop.js';
import { enterOwnMounts } from '../../attach/own-namespaces.js';
import { LineInput } from '../../explore/lane/line-input.js';
import { controlFile, diskFile } from '../../explore/lane/recovery-messages.js';
import { RunSpace } from '../../state/run-space.js';
import type { Answer, Job, ResidentSetup } from './messages.js';
import { Resident } from './resident.js';

const setupLine = new LineInput(0).next();
if (setupLine === null) process.exit(0);
const setup = JSON.parse(setupLine) as ResidentSetup;
enterOwnMounts();
const space = RunSpace.at(setup.spaceFolder);
const fuse = join(setup.laneFolder, 'fuse');
const control = openSync(join(fuse, controlFile), 'r+');

function tell(answer: Answer): void {
  writeSync(control, JSON.stringify(answer));
}

/** After so many recoveries there are likely to be enough to come. */
const gathersAfter = 30;

function main(): void {
  const file = join(fuse, diskFile);
  const recorded = attachLoop(file, space);
  // btrfs knows its disks by their UUIDs, and of two devices with one it wants the newer (device_list_add).
  const crashed = setup.storage.fs === 'btrfs' ? recorded : attachLoop(file, space);
  // sync(2) would wait for every file system of the machine: here it is syncfs(2).
  const { label, environment } = space;
  const folder = join(setup.laneFolder, 'layers');
  const note = (made: Made): void => space.note(made);
  const resident = new Resident(setup, tell, { syncsAll: false }, { folder, label, environment, note });
  tell({ type: 'ready' });
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (let recoveries = 0; ; ) {
    const length = readSync(control, buffer, 0, buffer.length, 0);
    if (length === 0) break;
    const job = JSON.parse(buffer.toString('utf8', 0, length)) as Job;
    if (job.type === 'recover' && recoveries++ === gathersAfter && crashed !== recorded)
      gatherRequests(crashed);
    tell({ type: 'done', result: resident.do(job, job.type === 'recover' ? crashed : recorded) });
  }
  for (const device of new Set([recorded, crashed])) releaseLoop(device, space);
}

try {
  main();
} catch (error) {
  try {
    tell({ type: 'fault', message: (error as Error).stack ?? String(error) });
  } catch {
    // The lane is gone; nobody is left to tell.
  }
  closeSync(control);
  process.exit(1);
}
