import { exitCode } from './exit-code.js';

/**
 * An error a person can act on: what was expected, what came, what to do. The command line prints its message
 * without a stack and ends with `exitCode`.
 */
export class PlugpullError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Bad usage: an option, scenario or input file that cannot be understood. Exit code 64. */
export class UsageError extends PlugpullError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCode.usage, options);
  }
}

/** Something this run needs is missing on this machine; the message names it and the package. Exit code 69. */
export class UnavailableError extends PlugpullError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCode.unavailable, options);
  }
}

/** The guest's kernel lacks something; another kernel may have it. */
export class KernelLacksError extends UnavailableError {}

/** The checker does not accept what no crash has touched: nothing it says of a crash counts. */
export class CheckerRefusesEndError extends Error {}

/** No verdict can be given, and no program of ours or of the user's is to blame: the run is `unknown`, with this reason. */
export class CannotTellError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
