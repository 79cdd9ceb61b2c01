/**
 * Real programs, and what each relies on: read off its system calls (strace(1)) and what is known of file systems, not
 * off plugpull's answers, which are held against it.
 *
 *     kept   D: what the program wrote is there after it said that it was done
 *     whole  A: at every instant there is one whole version of the data, the old or the new one
 *
 * On file systems: fsync of a new file takes its name along on ext4 and xfs (the journal is committed as a whole) and on
 * btrfs (the log has new names). A name that was made earlier is never lost without one that was made later; on btrfs
 * that is so for files that were synced before. Nothing keeps data that nobody synced from being younger than names: a
 * commit by somebody else is enough.
 */
import type { Outcome } from '../../../harness/verdict/outcome.js';

export const programFileSystems = ['ext4', 'xfs', 'btrfs'] as const;

/** What a question is expected to find: of the contract, and on each file system. */
export interface Expected {
  contract: Outcome;
  observed: Record<(typeof programFileSystems)[number], Outcome>;
}

export interface Question {
  /** Options of `plugpull run`. */
  args: readonly string[];
  expected: Expected;
}

export interface RealProgram {
  name: string;
  /** Prints the version that is there. */
  version: string;
  /** The version that `calls` was read from: another one may make other calls. */
  pinned: string;
  setup?: string;
  run: string;
  /** The calls that decide, in their order. */
  calls: string;
  kept: Question | null;
  whole: Question | null;
}

export const everywhere = (contract: Outcome, observed: Outcome = contract): Expected => ({
  contract,
  observed: { ext4: observed, xfs: observed, btrfs: observed },
});
/** Lost, and lost on each file system. */
export const lost = everywhere('violation');
export const safe = everywhere('pass');
/** More is relied on than is owed, and each file system gives it. */
export const masked = everywhere('violation', 'pass');

export const kept = (file: string, expected: Expected): Question => ({
  args: ['--promise', `files:${file}`],
  expected,
});
/**
 * @param condition of the shell: the data is there, whole
 * @param promises further ones, such as what no recovery needs
 */
export const whole = (
  condition: string,
  expected: Expected,
  promises: readonly string[] = ['none'],
): Question => ({
  args: [
    ...promises.flatMap((promise) => ['--promise', promise]),
    ...['--checker', `${condition} || { echo "not whole: $(ls -s)"; exit 1; }`],
  ],
  expected,
});

/** A command that prints the version of a package. */
export const debian = (name: string): string => `dpkg-query -W -f '\${Version}' ${name}`;
export const npm = (name: string): string =>
  `node -p "JSON.parse(fs.readFileSync(process.env.PROGRAMS + '/node_modules/${name}/package.json')).version"`;
