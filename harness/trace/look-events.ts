import { pathText, toBytePath } from '../syscalls/byte-path.js';
import type { LookEvent } from './events.js';
import { FileBytes } from './file-bytes.js';
import type { Look } from './look.js';
import type { PayloadReader, PayloadWriter } from './payload.js';

export function lookEvent({ pid, call, files, output }: Look, payload: PayloadWriter): LookEvent {
  return {
    ...{ type: 'look', pid, call, ...(output === undefined ? {} : { output }) },
    files: files.map(({ file, path, size, changed }) => ({
      ...{ file, path: pathText(Buffer.from(path, 'latin1')), size },
      ...(changed.ranges.length === 0 ? {} : { changed: payload.add(changed) }),
    })),
  };
}

/** @throws UsageError when the payload is shorter than the event says */
export function lookOf({ pid, call, files, output }: LookEvent, contents: Pick<PayloadReader, 'read'>): Look {
  return {
    ...{ pid, call, output },
    files: files.map(({ file, path, size, changed }) => ({
      ...{ file, path: toBytePath(path), size },
      changed: changed ? contents.read(changed, size) : new FileBytes(size, []),
    })),
  };
}
