import type { Operation } from '../call.js';
import { type Arguments, type Decoder, nothing, opaqueCall, unknownCall } from './arguments.js';

/** `[{aio_lio_opcode=IOCB_CMD_PWRITE, aio_fildes=3</w/f>, aio_buf="..."}]`: what stands there in quotes are bytes, not names. */
function submit(a: Arguments): Operation {
  const operation = unknownCall(a.call, 'io_submit (asynchronous I/O) is not followed');
  return operation.op === 'opaque' ? { ...operation, paths: [] } : operation;
}

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
  io_submit: submit,
};
