/**
 * What the command and the disk process say to each other: JSON lines on the disk process's standard input and
 * output. The disk process knows nothing of files on the recorded file system; the command walks those.
 */
import type { DiskBehaviour } from '../../scenario/schema/disk.js';
import type { Rest, Rested } from '../../state/process-pool.js';
import type { BegunEvent } from '../../trace/events.js';
import type { SaidPatterns } from '../../trace/said.js';

/** How a disk is served: to the host and to QEMU, or into a machine's memory. */
export type DiskProtocol = 'nbd' | 'vhost-user';

/** The first line the disk process reads, and the next one after each rest. Paths are absolute. */
export interface DiskSetup {
  /** Of each disk. */
  sizeBytes: number;
  behaviour: DiskBehaviour;
  /** Unix sockets, on each of which a disk is served: several have one power, one log and one order of all that is done to them. */
  diskSockets: readonly string[];
  diskProtocol: DiskProtocol;
  /** What a machine knows it by, over vhost-user; up to 20 bytes. */
  diskId: string;
  /** Unix socket for acks. */
  ackSocket: string;
  /** Folder to mount the file `stdout` in, whose writers wait for their acks; null without a pattern. */
  stdoutFolder: string | null;
  /** Regular expressions for standard output. */
  said: SaidPatterns | null;
  /** Milliseconds that each write takes while it is recorded. */
  writeDelayMs: number;
  /** Gets what the disks held, one behind the other. */
  baseImage: string;
  blockLog: string;
  /** A disk image to begin with, as the base image is; without it all zeros. */
  content?: string;
}

export type ToDisk =
  /** Save the base image, open the log, arm faults and the cut. */
  | { type: 'start' }
  /** The command has taken the snapshot that belongs to ack number `ack`: let the workload go on. */
  | { type: 'snapshot-taken'; ack: number }
  /** An ack given where this process cannot hear it, as inside a guest. Answered by `ack-given`. */
  | { type: 'give-ack'; token: number; text: string; source: 'socket' | 'stdout' }
  /** Nobody prints to the file in `stdoutFolder` any more. Answered by `stdout-ended`. */
  | { type: 'end-stdout' }
  /** Take the power away now. Answered by `cut`. */
  | { type: 'cut' }
  /** Close the log. */
  | { type: 'stop' }
  /** Whoever used the disk has let go of it: let go of it, too, and wait for another `DiskSetup`. */
  | Rest;

export type FromDisk =
  | { type: 'ready' }
  | { type: 'started'; flushes_before: number }
  /** Ack number `ack` (from 1) was stamped; its giver waits for `snapshot-taken`. */
  | {
      type: 'ack';
      ack: number;
      text: string;
      block_index: number;
      time_ns: string;
      source: 'socket' | 'stdout';
    }
  /** Something was said to begin; whoever said it goes on. */
  | BegunEvent
  /** The giver of a handed over ack may go on; `cut`: it came after the power was gone. */
  | { type: 'ack-given'; token: number; answer: 'ok' | 'cut' }
  /** What stood behind the last newline has counted, and the snapshot of its ack is taken. */
  | { type: 'stdout-ended' }
  /** Bytes the workload printed, base64. */
  | { type: 'stdout'; data: string }
  | { type: 'cut'; block_index: number; time_ns: string }
  /** `durable_at`: position and time (ns since the start) of each flush and FUA write. */
  | { type: 'stopped'; entries: number; started_unix_ns: string; durable_at: [number, number][] }
  | Rested
  | { type: 'fault'; message: string };
