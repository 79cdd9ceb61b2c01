/**
 * The first program of a User-mode Linux guest that recovers a lane's crash states: node itself, from the host's files.
 *
 * Kept as small as the host's recoverer: what recovers and judges is the same code (recovery.ts). When this program
 * ends, so does the guest.
 */
import { inlineFacts } from '../../../harness/explore/lane/inline-facts.js';
import { Recovery } from '../../../harness/explore/lane/recovery.js';
import type { RecoveryAnswer, RecoveryJob } from '../../../harness/explore/lane/recovery-messages.js';
import { ControlFile } from './control-file.js';
import { controlId, diskId } from './control-messages.js';
import { diskOf, layOutRoot, loadModules, shareFolder } from './guest-root.js';
import type { GuestSetup } from './guest-setup.js';

const [modules, fs] = process.argv.slice(2) as [string, string];
loadModules(modules, ['overlay', 'virtio_blk', fs]);
layOutRoot();
const control = new ControlFile(diskOf(controlId));

function answer(message: RecoveryAnswer): void {
  control.answer(JSON.stringify(message));
}

function main(): void {
  const first = control.next();
  if (first === null) return;
  const { setup, folders, environment } = JSON.parse(first) as GuestSetup;
  Object.assign(process.env, environment);
  for (const folder of folders) shareFolder(folder, { readOnly: true });
  shareFolder(setup.laneFolder, { readOnly: false });
  const recovery = new Recovery(setup, answer, inlineFacts);
  const device = diskOf(diskId);
  answer({ type: 'ready' });
  for (let text = control.next(); text !== null; text = control.next()) {
    answer({ type: 'judged', ...recovery.recover(device, JSON.parse(text) as RecoveryJob) });
  }
}

try {
  main();
} catch (error) {
  answer({ type: 'fault', message: (error as Error).stack ?? String(error) });
}
