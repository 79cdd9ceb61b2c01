/**
 * The process that recovers a lane's crash states on the host (recovery.ts has what that is).
 *
 * It never serves a disk, so it may block in the kernel on one. Its lane serves the disk and hands it one job
 * after the other through the control file. Everything is synchronous: it does one thing at a time.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gatherRequests } from '../../attach/gathered-requests.js';
import { attachLoops, releaseLoop } from '../../attach/loop.js';
import { enterMounts, enterOwnMounts, openMounts } from '../../attach/own-namespaces.js';
import { RunSpace } from '../../state/run-space.js';
import { type FactRange, FactWriter } from './fact-store.js';
import { LineInput } from './line-input.js';
import { Recovery } from './recovery.js';
import {
  controlFile,
  diskFile,
  type RecovererSetup,
  type RecoveryAnswer,
  type RecoveryJob,
} from './recovery-messages.js';

/** After so many recoveries there are likely to be enough to come. */
const gathersAfter = 30;

/** As the lane has them, in which it mounts each trace's disk. Only who has left them can come back (setns(2)). */
const lanesMounts = openMounts();
enterOwnMounts();

/** Until the lane has no more jobs with this trace. */
function recoverAll(setup: RecovererSetup): void {
  enterMounts(lanesMounts);
  enterOwnMounts();
  const fuse = join(setup.laneFolder, 'fuse');
  const control = openSync(join(fuse, controlFile), 'r+');
  const answer = (message: RecoveryAnswer): void => {
    // The kernel hands on what is long in parts; the newline ends it.
    const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
    for (let done = 0; done < bytes.length; ) done += writeSync(control, bytes, done);
  };
  const facts = new FactWriter(setup.laneFolder);
  const recovery = new Recovery(setup, answer, (known) => facts.add(known));
  try {
    takeJobs(setup, { control, answer, recovery });
  } catch (error) {
    try {
      answer({ type: 'fault', message: (error as Error).stack ?? String(error) });
    } catch {
      // The lane is gone; nobody is left to tell.
    }
    recovery.dispose();
    process.exit(1);
  }
  facts.close();
  // What tells the lane that all is done, so the last thing to do.
  closeSync(control);
}

function takeJobs(
  { laneFolder, spaceFolder, directIo }: RecovererSetup,
  {
    control,
    answer,
    recovery,
  }: { control: number; answer: (message: RecoveryAnswer) => void; recovery: Recovery<FactRange> },
): void {
  const space = RunSpace.at(spaceFolder);
  const devices = attachLoops(join(laneFolder, 'fuse', diskFile), space, { directIo, ...recovery.disks });
  answer({ type: 'ready' });
  const buffer = Buffer.allocUnsafe(64 * 1024);
  for (let done = 0; ; done++) {
    // Writes are gathered, too: a recovery that is crashed again has to make them as it always does.
    if (done === gathersAfter && !recovery.isCrashedAgain) devices.forEach(gatherRequests);
    const length = readSync(control, buffer, 0, buffer.length, 0);
    if (length === 0) break;
    const job = JSON.parse(buffer.toString('utf8', 0, length)) as RecoveryJob;
    answer({ type: 'judged', ...recovery.recover(devices, job) });
  }
  recovery.dispose();
  for (const device of devices) releaseLoop(device, space);
}

// Started before there is a trace, so that loading this program costs no time later.
const setups = new LineInput(0);
for (let line = setups.next(); line !== null; line = setups.next())
  recoverAll(JSON.parse(line) as RecovererSetup);
