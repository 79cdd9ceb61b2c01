import { asCalled } from '../../reports/words/as-called.js';
import { visible } from '../../reports/words/visible.js';
import { stateFolder } from '../state/run-space.js';
import { PlugpullError } from '../verdict/errors.js';
import { exitCode } from '../verdict/exit-code.js';
import { called } from './called-as.js';

/** A disk of the user's that takes no more (errno(3)); processes of ours report it by their message. */
const full = /\b(?:ENOSPC|EDQUOT|EROFS)\b[^\n]*/;

/** Limits that this process was given (setrlimit(2)), or the machine has; what each is called, and how it is raised. */
const limits: readonly { found: RegExp; what: string }[] = [
  { found: /\bEFBIG\b[^\n]*/, what: 'a limit on how large files may be (ulimit -f)' },
  { found: /\b(?:EMFILE|ENFILE)\b[^\n]*/, what: 'a limit on open files (ulimit -n)' },
  { found: /\bspawn\b.*\bEAGAIN\b[^\n]*/, what: 'a limit on processes (ulimit -u)' },
  { found: /\bENOMEM\b[^\n]*/, what: 'a limit on memory (ulimit -v), or no memory left' },
];

/** Says what went wrong and returns the exit code: never that of a verdict. */
export function sayError(error: unknown): number {
  const say = (text: string): void => void process.stderr.write(`plugpull: ${text}\n`);
  if (error instanceof PlugpullError) {
    say(asCalled(error.message, called()).split('\n').map(visible).join('\n'));
    return error.exitCode;
  }
  const noRoom = full.exec((error as Error).message ?? '')?.[0];
  if (noRoom !== undefined) {
    say(
      `expected room for results, found none: ${visible(noRoom)}. Make room, or name a folder on another disk: ` +
        `results go to --out, temporary files to ${stateFolder()} (PLUGPULL_STATE_DIR) and /tmp (TMPDIR)`,
    );
    return exitCode.unavailable;
  }
  for (const { found, what } of limits) {
    const words = found.exec((error as Error).message ?? '')?.[0];
    if (words === undefined) continue;
    say(`met ${what}: ${visible(words)}. Raise it, or let plugpull run elsewhere`);
    return exitCode.unavailable;
  }
  say(`a fault of plugpull's own, please report it:\n${(error as Error).stack ?? error}`);
  return exitCode.internal;
}
