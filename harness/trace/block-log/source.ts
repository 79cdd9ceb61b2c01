import { closeSync, fstatSync, openSync } from 'node:fs';
import { UsageError } from '../../verdict/errors.js';
import { readAt } from '../read-at.js';

/** Where a log's bytes come from: a file, or memory. */
export interface LogSource {
  /** What messages call it: a path. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Fills `into` from `position`; returns fewer bytes than asked only at the end. */
  readAt(position: number, into: Buffer): number;
  close(): void;
}

export function fileLogSource(path: string): LogSource {
  const fd = openForReading(path);
  return {
    name: path,
    sizeBytes: fstatSync(fd).size,
    readAt: (position, into) => readAt(fd, into, position),
    close: () => closeSync(fd),
  };
}

export function memoryLogSource(name: string, bytes: Buffer): LogSource {
  return {
    name,
    sizeBytes: bytes.length,
    readAt: (position, into) => bytes.copy(into, 0, position, position + into.length),
    close() {},
  };
}

function openForReading(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new UsageError(`${path}: cannot open this block log: ${(error as Error).message}`, {
      cause: error,
    });
  }
  // A block device says 0 bytes to stat, a folder opens but cannot be read: both would look like empty logs.
  if (!fstatSync(fd).isFile()) {
    closeSync(fd);
    throw new UsageError(
      `${path}: expected a block log in a regular file; copy a log device to a file first`,
    );
  }
  return fd;
}
