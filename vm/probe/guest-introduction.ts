import type { ResidentSetup } from '../../harness/probe/resident/messages.js';

/** The first job of a guest of the probe. */
export interface GuestIntroduction {
  setup: ResidentSetup;
  /** Of mkfs: as on the host. */
  environment: Record<string, string>;
  /** Folders of the host's that the guest would not see: they lie where it has something of its own. */
  folders: string[];
}
