/** The resident program on the host: the disk is a loop device on a file that its lane serves. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Made } from '../../attach/attaching-run.js';
import { attachLoop, releaseLoop } from '../../attach/loop.js';
import { LineInput } from '../../explore/lane/line-input.js';
import { controlFile, diskFile } from '../../explore/lane/recovery-messages.js';
import { RunSpace } from '../../state/run-space.js';
import type { Answer, Job, ResidentSetup } from './messages.js';
import { Resident } from './resident.js';

const setupLine = new LineInput(0).next();
if (setupLine === null) process.exit(0);
const setup = JSON.parse(setupLine) as ResidentSetup;
const space = RunSpace.at(setup.spaceFolder);
const fuse = join(setup.laneFolder, 'fuse');
const control = openSync(join(fuse, controlFile), 'r+');

function tell(answer: Answer): void {
  writeSync(control, JSON.stringify(answer));
}

function main(): void {
  const device = attachLoop(join(fuse, diskFile), space);
  // sync(2) would wait for every file system of the machine: here it is syncfs(2).
  const { label, environment } = space;
  const folder = join(setup.laneFolder, 'layers');
  const note = (made: Made): void => space.note(made);
  const resident = new Resident(setup, tell, { syncsAll: false }, { folder, label, environment, note });
  tell({ type: 'ready' });
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (;;) {
    const length = readSync(control, buffer, 0, buffer.length, 0);
    if (length === 0) break;
    tell({
      type: 'done',
      result: resident.do(JSON.parse(buffer.toString('utf8', 0, length)) as Job, device),
    });
  }
  releaseLoop(device, space);
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
