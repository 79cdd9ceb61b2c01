import { CannotTellError } from '../../harness/verdict/errors.js';

/** A guest that panicked, hung or ended; the message has what its console said last. */
export class GuestLostError extends CannotTellError {}
