import type { AttachingRun } from './attaching-run.js';
import { attachLoop, releaseLoop } from './loop.js';
import { type AttachedDisk, attachKernelNbd } from './nbd-kernel.js';
import { attachNbdfuse } from './nbdfuse.js';

/** How the recorded disk becomes a block device: nbdfuse and loop need no kernel module, nbd is the kernel's client. */
export const attachments = ['nbdfuse', 'nbd'] as const;
export type Attachment = (typeof attachments)[number];

export async function attachDisk(options: {
  attachment: Attachment;
  space: AttachingRun;
  socketPath: string;
  /** Name for files in the run's folder. */
  name: string;
  /** Off only to show that the calibration notices. */
  directIo: boolean;
}): Promise<AttachedDisk> {
  const { attachment, space, socketPath, name, directIo } = options;
  if (attachment === 'nbd') return attachKernelNbd(space, socketPath);
  const file = await attachNbdfuse(space, socketPath, name);
  try {
    const device = attachLoop(file.path, space, { directIo });
    return {
      device,
      async detach() {
        releaseLoop(device, space);
        await file.detach();
      },
    };
  } catch (error) {
    await file.detach();
    throw error;
  }
}
