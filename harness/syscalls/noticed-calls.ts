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

/** Calls that tell something where they write to standard output. */
export const writeCalls = ['write', 'writev'] as const;

export const standardOutput = 1;

/** Whether a run under `attach/call-notices.ts` was looked at before this call. */
export function isNoticed({ name, operation }: Call): boolean {
  const isWrite = (writeCalls as readonly string[]).includes(name);
  if (isWrite) return operation.op === 'write' && operation.file.fd === standardOutput;
  return (syncAndSendCalls as readonly string[]).includes(name);
}
