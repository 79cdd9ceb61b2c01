import type { Operation } from '../call.js';
import { type Arguments, type Decoder, nothing, unknownCall } from './arguments.js';

/** Requests to terminals, sockets, sound and the like, and those that only ask. */
const ofDevice =
  /^(?:T[CI]|SNDCTL_|FIO|SIO|FS_IOC_GET|FS_IOC_FSGET|FS_IOC_FIEMAP|BLK[A-Z]*GET|PTM|KD|VT_|EPIO|USBDEV|GIO)/;

/** `{src_fd=3, src_offset=0, src_length=4096, dest_offset=0}` (ioctl_ficlonerange(2)) */
function cloneRange(a: Arguments): Operation {
  const asked = a.value(2);
  const number = (name: string): number | null => {
    const field = asked.kind === 'record' ? asked.fields.get(name) : undefined;
    return field?.kind === 'number' ? field.value : null;
  };
  const [fd, fromOffset, clonedBytes] = [number('src_fd'), number('src_offset'), number('src_length')];
  const toOffset = number('dest_offset');
  if (fd === null || fromOffset === null || clonedBytes === null || toOffset === null)
    return unknownCall(a.call, 'ioctl FICLONERANGE without its range');
  const from = { fd, describedAs: null, deleted: false };
  return { op: 'copy', from, fromOffset, to: a.descriptor(0), toOffset, clonedBytes };
}

/** Device requests that change a file's contents; everything a terminal or socket takes changes none. */
function ioctl(a: Arguments): Operation {
  const request = a.value(1);
  const name = request.kind === 'word' ? request.text : '';
  if (/\bFICLONE\b/.test(name)) {
    const from = { fd: a.number(2), describedAs: null, deleted: false };
    return { op: 'copy', from, fromOffset: 0, to: a.descriptor(0), toOffset: 0, clonedBytes: 0 };
  }
  if (/\bFICLONERANGE\b/.test(name)) return cloneRange(a);
  // Blocks that are shared from then on hold what they held (ioctl_fideduperange(2)).
  if (/\bFIDEDUPERANGE\b/.test(name)) return { op: 'none' };
  if (/SETFLAGS|FSSETXATTR/.test(name)) return { op: 'attributes', target: a.descriptor(0), what: 'flags' };
  // FIOCLEX and FIONCLEX set close-on-exec (ioctl_tty(2) neighbours, asm-generic/ioctls.h).
  if (name === 'FIOCLEX') return { op: 'set_cloexec', fd: a.descriptor(0).fd, cloexec: true };
  if (name === 'FIONCLEX') return { op: 'set_cloexec', fd: a.descriptor(0).fd, cloexec: false };
  // One number may have several names: `SNDCTL_TMR_START or TCSETS`.
  if (name.split(' or ').every((each) => ofDevice.test(each))) return { op: 'none' };
  if (/GETFLAGS|FSGETXATTR|GETVERSION|FIEMAP|GETFSLABEL|GETSIZE/.test(name)) return { op: 'none' };
  return unknownCall(a.call, `ioctl ${name || 'with an unknown request'} could change a file`);
}

/**
 * Requests to devices, and calls that make descriptors which are not files: a stale entry at the same number is dropped
 * when it is next described.
 */
export const deviceCalls: Record<string, Decoder> = {
  ioctl,
  eventfd: nothing,
  eventfd2: nothing,
  epoll_create: nothing,
  epoll_create1: nothing,
  signalfd: nothing,
  signalfd4: nothing,
  timerfd_create: nothing,
  memfd_create: nothing,
  memfd_secret: nothing,
  pidfd_open: nothing,
  userfaultfd: nothing,
  perf_event_open: nothing,
  bpf: nothing,
  fanotify_init: nothing,
  mq_open: nothing,
  mq_unlink: nothing,
};
