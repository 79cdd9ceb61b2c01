/** What a lane of the probe and the program that works on its disk say to each other, as JSON. */
import type { Storage } from '../../scenario/schema/storage.js';
import type { FailedSync } from '../failed-sync/messages.js';
import type { ScheduleName } from '../schedule.js';
import type { Operation } from '../workload/operation.js';

/** First line the resident program reads. */
export interface ResidentSetup {
  spaceFolder: string;
  laneFolder: string;
  storage: Storage;
}

export type Job =
  /** Make the file system. */
  | { type: 'make' }
  /** Mount what was made, on a disk that is thrown away. */
  | { type: 'try_mount' }
  /** Mount it, carry out setup, make that durable; then the body, and everything durable; unmount. */
  | {
      type: 'execute';
      setup: readonly Operation[];
      body: readonly Operation[];
      schedule: ScheduleName;
    }
  /** Mount it, and have an fsync meet a disk that fails. */
  | { type: 'fail_sync' }
  /** Mount what a crash left, look at all of it, unmount. */
  | { type: 'recover'; fsck: boolean };

export interface FoundNode {
  path: string;
  kind: 'file' | 'directory' | 'symlink' | 'special';
  /** Names of one file carry the same number. */
  identity: number;
  mode: number;
  uid: number;
  gid: number;
  links: number;
  xattrs: Record<string, string>;
  /** base64; null where there was too much to read. */
  content?: string | null;
  target?: string;
  /** Why it could not be looked at: the errno's name. */
  error?: string;
}

export type Answer =
  | { type: 'ready' }
  /** Setup is done and durable; this is what it left. */
  | { type: 'started'; tree: FoundNode[] }
  /** The next operation of the body has returned. */
  | { type: 'returned' }
  /** The end of the body, whatever is left of it. */
  | { type: 'finished'; failed: { operation: number; code: string } | null }
  /** What the workload wrote is to be under way from here on, or to arrive. */
  | { type: 'bytes_held'; held: boolean }
  /** From here on reads are no part of what was recovered. */
  | { type: 'looking' }
  /** The disk is to fail, or to work again, or the fsync that follows has returned. */
  | { type: 'fault_moment'; moment: 'failing' | 'working' | 'synced' }
  | { type: 'done'; result: JobResult }
  | { type: 'fault'; message: string };

export type JobResult =
  | { type: 'made' }
  | { type: 'mounts' }
  /** The kernel, or mkfs, would not have it. */
  | { type: 'refused'; by: 'mkfs' | 'layer' | 'mount' | 'missing'; said: string }
  | { type: 'executed' }
  | { type: 'sync_failed'; seen: FailedSync }
  | {
      type: 'recovered';
      /** null: it does not mount. */
      tree: FoundNode[] | null;
      error: string | null;
      /** Why the directory could not be emptied and written to again; null when it could, or nobody tried. */
      unusable: string | null;
      /** What the file system's own checker found wrong with it; null when nothing, or when nobody asked it. */
      damage: string | null;
    };
