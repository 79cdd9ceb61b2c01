import { fileURLToPath } from 'node:url';
import type { Seat } from '../../harness/probe/lane/seat.js';
import type { ResidentSetup } from '../../harness/probe/resident/messages.js';
import { guestModules } from '../lane/uml/guest-modules.js';
import { bootLimitMs } from '../lane/uml/guest-setup.js';
import { hiddenFolders } from '../lane/uml/hidden-folders.js';
import { type LaneGuestSeat, UmlLaneMachine } from '../lane/uml/uml-lane-machine.js';
import { GuestSeat, sizesOf } from './guest-seat.js';

/** A job takes milliseconds, mkfs a second. */
const jobLimitMs = 120_000;

/** A seat in User-mode Linux, on the files of the host. @param sizeBytes of each disk */
export function umlSeat(where: LaneGuestSeat, sizeBytes: number, setup: ResidentSetup): Seat {
  const program = fileURLToPath(new URL('./resident-guest-process.js', import.meta.url));
  const machine = new UmlLaneMachine(where, [program, ...guestModules(setup.storage)]);
  const introduction = {
    setup,
    environment: Object.fromEntries(
      Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    folders: hiddenFolders([fileURLToPath(new URL('../../..', import.meta.url))]),
  };
  return new GuestSeat(machine, sizesOf(setup.storage, sizeBytes), introduction, {
    bootMs: bootLimitMs,
    jobMs: jobLimitMs,
  });
}
