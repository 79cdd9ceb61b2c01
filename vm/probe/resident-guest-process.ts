/** The first program of a User-mode Linux guest that the probe works in. */
import { guestProgram } from '../lane/uml/guest-program.js';
import { residentInGuest } from './resident-in-guest.js';

guestProgram(residentInGuest);
