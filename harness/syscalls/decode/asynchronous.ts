import { type Decoder, nothing, opaqueCall } from './arguments.js';

/** Input and output that is not done when the call returns: not followed. */
export const asynchronousCalls: Record<string, Decoder> = {
  io_uring_setup: opaqueCall('io_uring changes files without system calls'),
  io_uring_enter: opaqueCall('io_uring changes files without system calls'),
  io_uring_register: opaqueCall('io_uring changes files without system calls'),
  io_setup: nothing,
  io_destroy: nothing,
  io_getevents: nothing,
  io_pgetevents: nothing,
  io_cancel: nothing,
  io_submit: opaqueCall('io_submit (asynchronous I/O) is not followed'),
};
