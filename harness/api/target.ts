/**
 * What is to be tested: a module of the user's, or any command.
 *
 * No closure crosses a process. A module is named by its URL; its default export is the workload, its export `check`,
 * if it has one, the checker. Both run in processes of their own, without what a test runner put into its environment.
 */

/** Says that something is safe now, and waits until that is written down. A promise: await it. */
export type Ack = (text: string) => Promise<void>;

/** A module's default export: the program under test, started in the root of a fresh disk. */
export type Workload = (ack: Ack) => unknown;

/** A recovered directory, as a module's `check` sees it. */
export interface CrashState {
  /** Absolute path of the directory. */
  dir: string;
  /** The text of every ack given before the power was cut, in order. */
  acks: string[];
  /** What had begun by then (`begin`) and was not acknowledged: each may be there or not. */
  maybe: string[];
}

/** A module's export `check`: throws when a promise is broken. Whatever it throws is the reason. */
export type Check = (state: CrashState) => unknown;

export interface CommandTarget {
  /** The program and its arguments; a URL stands for the path of its file. Its current folder is a fresh disk. */
  command: readonly (string | URL)[];
  /** A line of its standard output that matches is an ack; the first group is its text. */
  ackStdout?: RegExp | string;
}

/** A module (`new URL('./save.crash.ts', import.meta.url)`), or a command. */
export type Target = URL | string | CommandTarget;
