/** The first program of a User-mode Linux guest that the probe works in: node itself, from the host's files. */

import type { Answer, Job } from '../../harness/probe/resident/messages.js';
import { Resident } from '../../harness/probe/resident/resident.js';
import { ControlFile } from '../lane/uml/control-file.js';
import { controlId, diskId } from '../lane/uml/control-messages.js';
import { diskOf, layOutRoot, loadModules, shareFolder } from '../lane/uml/guest-root.js';
import type { GuestIntroduction } from './guest-introduction.js';

const [modules, fs] = process.argv.slice(2) as [string, string];
loadModules(modules, ['overlay', 'virtio_blk', fs]);
layOutRoot();
const control = new ControlFile(diskOf(controlId));

function tell(answer: Answer): void {
  control.answer(JSON.stringify(answer));
}

function main(): void {
  const first = control.next();
  if (first === null) return;
  const { setup, folders, environment } = JSON.parse(first) as GuestIntroduction;
  Object.assign(process.env, environment);
  for (const folder of folders) shareFolder(folder, { readOnly: true });
  // All file systems that are mounted here are the guest's own.
  const resident = new Resident(setup, tell, { syncsAll: true });
  const device = diskOf(diskId);
  tell({ type: 'ready' });
  for (let text = control.next(); text !== null; text = control.next())
    tell({ type: 'done', result: resident.do(JSON.parse(text) as Job, device) });
}

try {
  main();
} catch (error) {
  tell({ type: 'fault', message: (error as Error).stack ?? String(error) });
}
