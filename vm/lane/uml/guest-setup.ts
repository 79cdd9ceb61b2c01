import type { RecovererSetup } from '../../../harness/explore/lane/recovery-messages.js';

/** The first job of a recovering guest. */
export interface GuestSetup {
  setup: RecovererSetup;
  /** Of its programs: as on the host. */
  environment: Record<string, string>;
  /** Folders of the host's that the guest would not see: they lie where it has something of its own. */
  folders: string[];
}

/** What a lane in User-mode Linux is started with: it boots before there is a trace. */
export interface UmlSeat {
  /** The kernel's folder of the cache, its program, and its modules (vm/image/uml-kernel.ts). */
  kernel: { folder: string; program: string; modules: string };
  /** Of the disk that the trace will have been recorded on. */
  sizeBytes: number;
  fs: string;
  /** For console, sockets, and what the recoverer writes down. */
  laneFolder: string;
  memoryMib: number;
  /** Milliseconds that one recovery and its judging may take, beyond what checker and fsck may by themselves. */
  limitMs: number;
  /** The processor for guest and server; null leaves it to the scheduler. */
  processor: number | null;
}
