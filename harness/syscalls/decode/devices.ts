import type { Operation } from '../call.js';
import { type Arguments, type Decoder, nothing, unknownCall } from './arguments.js';

/** Requests to terminals, sockets, sound and the like, and those that only ask. */
const ofDevice =
  /^(?:T[CI]|SNDCTL_|FIO|SIO|FS_IOC_GET|FS_IOC_FSGET|FS_IOC_FIEMAP|BLK[A-Z]*GET|PTM|KD|VT_|EPIO|USBDEV|GIO)/;

/** Device requests that change a file's contents; everything a terminal or socket takes changes none. */
function ioctl(a: Arguments): Operation {
  const request = a.value(1);
  const name = request.kind === 'word' ? request.text : '';
  if (/\bFICLONE\b/.test(name) && !/RANGE/.test(name)) {
    return {
      op: 'copy',
      from: { fd: a.number(2), describedAs: null, deleted: false },
      fromOffset: 0,
      to: a.descriptor(0),
      toOffset: 0,
      whole: true,
    };
  }
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
