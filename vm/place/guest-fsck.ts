import { fileSystemFacts } from '../../harness/attach/file-system.js';
import { fsckProblem } from '../../harness/judge/corruption.js';
import type { Problem } from '../../harness/judge/judgement.js';
import type { FileSystem } from '../../harness/scenario/schema/storage.js';
import type { GuestProgramEnd } from '../machine/agent-client.js';

/** Emulated machines check file systems slowly. */
export const fsckLimitMs = 300_000;

/** The command that checks what recovery left on a device, and what its end says. */
export function guestFsck(
  fs: FileSystem,
  device: string,
): { argv: string[]; problemsOf(end: GuestProgramEnd): Problem[] } {
  const command = fileSystemFacts[fs].fsck;
  return {
    argv: [...command, device],
    problemsOf(end) {
      const said = [end.stdout, end.stderr].map((text) => Buffer.from(text, 'base64').toString()).join('');
      const ended = end.exit_code ?? (end.timed_out ? 'a time-out' : `${end.signal}`);
      const problem = fsckProblem(command, ended, said);
      return problem ? [problem] : [];
    },
  };
}
