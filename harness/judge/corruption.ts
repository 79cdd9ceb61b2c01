/** What can be wrong with a recovered file system as a whole. */
import type { Problem, RecoveryLoss } from './judgement.js';

const wholeFileSystem = { kind: 'corruption', path: null } as const;

/** @param code the errno's name that mount(2) answered with */
export function doesNotMount(fs: string, code: string): Problem {
  return {
    ...wholeFileSystem,
    outcome: 'violation',
    failure: 'does not mount',
    detail: `${fs} does not mount: ${code}`,
    promise: 'the file system mounts after a crash',
  };
}

/** The kernel that was to recover it did not live to tell; `how`, with what it said last. */
export function recoveryLost(loss: RecoveryLoss, how: string): Problem {
  return {
    ...wholeFileSystem,
    outcome: 'unknown',
    failure: `recovery lost: ${loss}`,
    detail: how,
    promise: 'the file system mounts after a crash',
  };
}

export function isRecoveryLost({ failure }: Problem): boolean {
  return failure.startsWith('recovery lost: ');
}

/**
 * What the file system's own checker says, by how it ended; null when it found nothing.
 *
 * @param ended its exit code, or in words why it has none: it could not be started, was killed or took too long
 */
export function fsckProblem(
  command: readonly string[],
  ended: number | string,
  output: string,
): Problem | null {
  if (ended === 0) return null;
  const [said] = output.split('\n').filter((line) => line.trim() !== '' && !/^e2fsck |^Pass \d/.test(line));
  return {
    ...wholeFileSystem,
    // Without an exit code there is no verdict.
    outcome: typeof ended === 'number' ? 'violation' : 'unknown',
    failure: 'fsck',
    detail: `${command.join(' ')} ended with ${ended}: ${said ?? ''}`,
    promise: 'fsck finds the recovered file system whole',
  };
}
