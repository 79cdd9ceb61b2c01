/** One thing a machine has or lacks, as `plugpull doctor` shows it. */
export interface Capability {
  /** Short and unique: `strace`, `/dev/fuse`, `file system xfs`. */
  name: string;
  ok: boolean;
  /** What was found, or what was looked for in vain. */
  detail: string;
  /** What does not work without it. */
  neededFor: string;
  /** The Debian package that brings it. */
  package?: string;
  /** What to do, where installing the package is not it. */
  fix?: string;
}

/**
 * Looks at the machine and changes nothing: no module is loaded, no device made, no program run. A lack is an
 * answer, never an exception.
 */
export type Probe = () => Capability | Promise<Capability>;
