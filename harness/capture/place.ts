/**
 * Where a workload runs: the host, or a guest machine. A place has the recorded disk as a block device, and does
 * there what recording needs: make the file system, run programs in it, look at it without changing it.
 */

import type { DiskProtocol } from '../disk/recording/messages.js';
import type { ContainerFacts } from '../scenario/container.js';
import type { Storage } from '../scenario/schema/storage.js';
import type { RunSpace } from '../state/run-space.js';
import type { Owner } from '../trace/attributes.js';
import type { Extent, PathTouches, TreeEntry } from '../trace/events.js';
import type { PayloadWriter } from '../trace/payload.js';
import type { SaidPatterns } from '../trace/said.js';
import type { WorkloadEnd } from './workload.js';

/** A recorded disk. */
export interface PlacedDisk {
  /** The folder of the workload's directory that it is mounted in; '': it is mounted there itself. */
  folder: string;
  /** Where it is served. */
  socket: string;
}

/** What a place is told when it is opened. Paths are the host's. */
export interface PlaceContext {
  space: RunSpace;
  /** Names this recording's files in the run's folder, and its processes. */
  name: string;
  storage: Storage;
  /** The recorded disks, made as the storage says and served as the place wants them: one, or the nodes'. */
  disks: readonly PlacedDisk[];
  /** Where the recorder takes acks from programs on the host. */
  ackSocket: string;
  /** Folder whose file `stdout` makes its writers wait for their acks; null where none are given so. */
  stdoutFolder: string | null;
  /** What standard output says, null where nothing. */
  said: SaidPatterns | null;
  workloads: string;
  scenarioFolder: string | null;
  /** The scenario's own variables. */
  env: Record<string, string>;
  /** Gets what setup and workload say on standard error. */
  errorFile: string;
  /** Gets the workload's standard output as it comes. */
  onOutput: (data: Uint8Array) => void;
  /** Nobody prints to the file in `stdoutFolder` any more; resolves when a last line without newline has counted. */
  endStdout: () => Promise<void>;
  /** Hands over an ack that the recorder cannot see by itself; resolves when its giver may go on. */
  giveAck: (text: string, source: 'socket' | 'stdout') => Promise<'ok' | 'cut'>;
  signal: AbortSignal | undefined;
  onStep: (step: string) => void;
}

/** What changed in the workload's directory since the look before. */
export interface Looked {
  changed: TreeEntry[];
  removed: string[];
  /** How often each path was touched; null where something may have been missed. */
  touched: Record<string, PathTouches> | null;
  /** Where the changed files lie on the disk, as far as that is known yet. */
  extents: Record<string, Extent[]>;
}

export interface WorkloadOptions {
  timeoutMs: number;
  /** Where the log of its system calls is to go; null when they are not traced. */
  callsFile: string | null;
  /** Calls that change a name, cut a file or sync are held up, so that what watches can act before the program goes on. */
  lateChanges: boolean;
  /** Its standard output is a terminal; only on the host. Not by default. */
  terminal?: boolean;
  /** It is killed when this fires; only on the host. */
  kill?: AbortSignal;
}

/** Something beside the workload that makes its file system commit; it lets go of the file system when closed. */
export interface CommitPressure {
  /** Commits made so far: those asked for, and those after changes of names. */
  readonly commits: number;
  /** Resolves when what is known of names is on the disk. */
  commit(): Promise<void>;
  close(): Promise<void>;
}

export interface RecordingPlace {
  /** Release and architecture of the kernel whose file system is recorded. */
  readonly kernel: string;
  readonly machine: string;
  /** The container image that its programs run in; null without one. */
  readonly container: ContainerFacts | null;
  /** The mode bits that its programs' new files do not get. */
  readonly umask: number;
  /** Whom its programs run as, and their new files belong to. */
  readonly user: Owner;
  /** Its programs tell the time by the recorder's clock. */
  readonly sharesClock: boolean;
  /** The workload's directory and the ack socket, as the workload names them. */
  readonly root: string;
  readonly ackSocket: string;
  /** @throws UsageError when the storage's options are refused */
  makeFileSystem(): Promise<void>;
  /** @throws UsageError when the storage's options are refused */
  mountFileSystem(): Promise<void>;
  /** Runs the scenario's setup to its end. */
  runSetup(command: string, timeoutMs: number): Promise<WorkloadEnd>;
  /** Runs the workload to its end; nothing of it is left then. */
  runWorkload(command: string, options: WorkloadOptions): Promise<WorkloadEnd>;
  /** One sync of the file system. Its failure is the storage's right, and not told. */
  sync(): Promise<void>;
  /** Makes all that is there durable: syncs the file system, then flushes the disk, which not every file system does. */
  settle(): Promise<void>;
  /** Begins to watch; contents go to the payload. */
  watch(payload: PayloadWriter): Promise<void>;
  look(): Promise<Looked>;
  /** Begins to press: from here on the file system commits after each change of a name and each truncation. Needs `watch` before it. */
  press(): Promise<CommitPressure>;
  /** Where all files lie, at the end. */
  allExtents(): Promise<Record<string, Extent[]>>;
  /** Unmounts and lets go of the disk. What fails is thrown after everything was tried. */
  close(): Promise<void>;
}

/** A kind of place, ready to be opened for a recording. */
export interface OpenPlace {
  /** How it takes the recorded disk. */
  diskProtocol: DiskProtocol;
  /** Acks on standard output come through the recorder's own file on the host, not through `giveAck`. */
  acksThroughFolder: boolean;
  open(context: PlaceContext): Promise<RecordingPlace>;
}
