import { closeSync, openSync } from 'node:fs';
import { ioctl, SystemCallError } from './libc.js';

/** EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN and F2FS_IOC_SHUTDOWN are one number: _IOR('X', 125, __u32). */
const shutDownRequest = 0x8004587d;
/** No log is flushed, nothing is written. */
const noLogFlush = 2;

/**
 * Makes a file system stop where it is: unmounting it then writes nothing. For one whose disk is thrown away.
 *
 * @param root where it is mounted; one that cannot be shut down is left as it is
 */
export function shutDown(root: string): void {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(noLogFlush);
  const fd = openSync(root, 'r');
  try {
    ioctl(fd, shutDownRequest, flags);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  } finally {
    closeSync(fd);
  }
}
