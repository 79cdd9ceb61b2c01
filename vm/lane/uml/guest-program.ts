/** What the first programs of guests have in common: node itself. When it ends, so does the guest. */
import { readlinkSync } from 'node:fs';
import { ControlFile } from './control-file.js';
import { controlId } from './control-messages.js';
import { diskOf, layOutRoot, loadModules, shareFolder } from './guest-root.js';

/** What each is told first, beside its own. */
export interface GuestSurroundings {
  /** Of its programs: as on the host. */
  environment: Record<string, string>;
  /** Folders of the host's that the guest would not see: they lie where it has something of its own. */
  folders: string[];
}

/**
 * In User-mode Linux, on the host's files: lays out the guest, and does jobs until there are none.
 * @param begin as of `doJobs`
 */
export function guestProgram<Told extends GuestSurroundings, Answer>(
  begin: (told: Told, tell: (answer: Answer) => void) => (job: string) => void,
): void {
  const [modules, ...needed] = process.argv.slice(2) as [string, ...string[]];
  loadModules(modules, ['overlay', 'virtio_blk', ...needed]);
  layOutRoot();
  // Node looks when it starts, and found no /proc of its own: what it starts as node has to be node.
  process.execPath = readlinkSync('/proc/self/exe');
  doJobs(begin);
}

/**
 * Hears its introduction, and does jobs until there are none.
 * @param begin gets the introduction and what tells the lane something; gives what does a job, as it was sent
 */
export function doJobs<Told extends GuestSurroundings, Answer>(
  begin: (told: Told, tell: (answer: Answer) => void) => (job: string) => void,
): void {
  const control = new ControlFile(diskOf(controlId));
  const tell = (answer: Answer | { type: 'ready' } | { type: 'fault'; message: string }): void =>
    control.answer(JSON.stringify(answer));
  try {
    const first = control.next();
    if (first === null) return;
    const told = JSON.parse(first) as Told;
    Object.assign(process.env, told.environment);
    for (const folder of told.folders) shareFolder(folder, { readOnly: true });
    const doJob = begin(told, tell);
    tell({ type: 'ready' });
    for (let job = control.next(); job !== null; job = control.next()) doJob(job);
  } catch (error) {
    tell({ type: 'fault', message: (error as Error).stack ?? String(error) });
  }
}
