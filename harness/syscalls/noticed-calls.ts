import type { Call } from './call.js';

/** Calls that make something durable, and those that send something. */
export const syncAndSendCalls = [
  'msync',
  'fsync',
  'fdatasync',
  'sync',
  'syncfs',
  'sync_file_range',
  'sendto',
  'sendmsg',
] as const;

/** Calls that tell something where they write to standard output, through whichever copy of it. */
export const writeCalls = ['write', 'writev'] as const;

/** What earlier recordings asked about alone. */
const standardOutput = 1;

/**
 * Whether a run under `attach/call-notices.ts` was looked at before this call.
 *
 * @param output what the kernel called its standard output (`pipe:[7]`); null: only writes to descriptor 1 were noticed
 */
export function isNoticed({ name, operation }: Call, output: string | null): boolean {
  const isWrite = (writeCalls as readonly string[]).includes(name);
  if (isWrite) {
    if (operation.op !== 'write') return false;
    const { fd, describedAs } = operation.file;
    return output === null ? fd === standardOutput : describedAs === output;
  }
  return (syncAndSendCalls as readonly string[]).includes(name);
}
