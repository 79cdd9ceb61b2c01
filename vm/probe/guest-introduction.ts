import type { ResidentSetup } from '../../harness/probe/resident/messages.js';
import type { GuestSurroundings } from '../lane/uml/guest-program.js';

/** The first job of a guest of the probe. */
export interface GuestIntroduction extends GuestSurroundings {
  setup: ResidentSetup;
}
